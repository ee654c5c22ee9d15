import type { TaskLedger } from "../../events/ledger.ts";
import type { Conversation } from "../../steps/conversation.ts";
import type { StepContext } from "../../steps/step-context.ts";
import { askText } from "./ask-text.ts";
import { FACTS_PROMPT, factsUpdatePrompt, PLAN_PROMPT, PLAN_UPDATE_PROMPT } from "./prompts/orchestrator.ts";
import { RULES_PLAN } from "./prompts/rules.ts";
import type { TeamTask } from "../team.ts";

/** The first facts and plan, by the Orchestrator's model. */
export function firstTaskLedger(steps: StepContext, conversation: Conversation): Promise<TaskLedger> {
  return ask(steps, conversation, FACTS_PROMPT, PLAN_PROMPT);
}

/** Facts and plan anew after a stall, in view of all that was said. An empty reply changes nothing. */
export async function nextTaskLedger(
  steps: StepContext,
  conversation: Conversation,
  old: TaskLedger,
): Promise<TaskLedger> {
  const next = await ask(steps, conversation, factsUpdatePrompt(old.facts), PLAN_UPDATE_PROMPT);
  return { facts: next.facts || old.facts, plan: next.plan || old.plan };
}

/** Facts and plan without a model: the request's files, and what the rules do. */
export function rulesTaskLedger(task: TeamTask): TaskLedger {
  const files = task.files.map(({ path }) => path).join(", ");
  return { facts: files === "" ? "No files were given." : `Files given: ${files}.`, plan: RULES_PLAN };
}

async function ask(
  steps: StepContext,
  conversation: Conversation,
  factsPrompt: string,
  planPrompt: string,
): Promise<TaskLedger> {
  const forFacts = conversation.append({ role: "user", content: factsPrompt });
  const facts = (await askText(steps, forFacts)).text.trim();
  const forPlan = forFacts.append({ role: "assistant", content: facts }, { role: "user", content: planPrompt });
  const plan = (await askText(steps, forPlan)).text.trim();
  return { facts, plan };
}
