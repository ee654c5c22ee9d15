import { Conversation } from "../../../steps/conversation.ts";
import type { Message } from "../../../events/message.ts";
import type { Agent, AgentContext, Said } from "../agent.ts";
import { codeBlocks } from "../code-blocks.ts";
import { ARCHIVE, CODER, COMPUTER_TERMINAL, FILE_SURFER, ORCHESTRATOR, RUN, TASK_LEDGER, USER } from "../names.ts";
import { CODER_DESCRIPTION, CODER_INSTRUCTIONS } from "../prompts/coder.ts";
import { RULES, RULES_CODER_INSTRUCTIONS, rulesCorrection, rulesQuestion } from "../prompts/rules.ts";
import { rulesExamples } from "../prompts/rules-examples.ts";
import { withoutStrayIndents } from "../python-indentation.ts";
import { isCorrectionDue, rulesWork, type RulesWork } from "../rules-work.ts";

/** What each attempt adds under rules: a model that failed is not to say the same again. */
const TEMPERATURE_STEP = 0.15;
const HIGHEST_TEMPERATURE = 1;

/** Writes programs and reasons, by its model. `temperature` is the team's. */
export function coder(temperature: number): Agent {
  return {
    name: CODER,
    description: CODER_DESCRIPTION,
    instructions: CODER_INSTRUCTIONS,
    async respond(context) {
      if (context.mode === "rules") return { text: await programByRules(context, temperature) };
      const { text } = await context.steps.model({ conversation: context.conversation });
      return { text };
    },
  };
}

/** Each attempt has a seed of its own: one that begins afresh asks just what the first one asked. */
async function programByRules({ task, messages, steps }: AgentContext, temperature: number): Promise<string> {
  const work = rulesWork(messages);
  const heads = work.heads ?? "";
  const { text } = await steps.model({
    conversation: Conversation.of(
      { role: "system", content: RULES_CODER_INSTRUCTIONS },
      ...rulesExamples(task),
      {
        role: "user",
        content: rulesQuestion(
          questionOf(task.prompt, messages),
          heads,
          task.files.map(({ path }) => path),
        ),
      },
      ...correctionOf(work),
    ),
    temperature: Math.min(
      Math.max(temperature, HIGHEST_TEMPERATURE),
      temperature + TEMPERATURE_STEP * work.attempts.length,
    ),
    seed: Math.floor(steps.random() * 2 ** 31),
  });
  return withoutStrayIndentsIn(text);
}

/** The task, with what a person has said since, and what agents of theirs have found. */
function questionOf(prompt: string, messages: readonly Said[]): string {
  const added = messages.flatMap(({ from, text, facts }) => {
    if (from === USER) return [text];
    return NOT_OWN.has(from) || facts?.["failed"] === true ? [] : [`${from}: ${text.slice(0, MOST_OF_OWN)}`];
  });
  return [prompt, ...added].join("\n\n");
}

/** Whoever else speaks is an agent of a person's own. */
const NOT_OWN = new Set([ARCHIVE, CODER, COMPUTER_TERMINAL, FILE_SURFER, ORCHESTRATOR, RUN, TASK_LEDGER]);
/** Characters of what one said: a small model's time to a first word goes by the prompt. */
const MOST_OF_OWN = 1200;

/** The latest attempt with what was wrong with it, where it is to be corrected. */
function correctionOf({ attempts }: RulesWork): Message[] {
  const last = attempts.at(-1);
  if (!last || !isCorrectionDue(attempts)) return [];
  const wrong = last.state === "no-program" ? RULES.writeProgramAgain : rulesCorrection(last.output);
  return [
    { role: "assistant", content: last.program.text.trim() || "(an empty reply)" },
    { role: "user", content: wrong },
  ];
}

function withoutStrayIndentsIn(reply: string): string {
  const programs = codeBlocks(reply).filter(({ language }) => language === "python");
  return programs.reduce((text, { code }) => text.replace(code, () => withoutStrayIndents(code)), reply);
}
