import { realClock } from "../../base/clock.ts";
import { openQuestions, type RunQuestion } from "../../run/effects/open-questions.ts";
import { callText } from "../telling/effect-teller.ts";
import { EXIT } from "../exit-codes.ts";
import { exactly, oneLine } from "../words/printable.ts";
import { settingsOf } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";

/** `m1p approvals`: what runs ask a person, oldest first; what each decision means, and how to give it. */
export async function listApprovals(
  flags: { readonly dataDir?: string; readonly json?: true },
  terminal: Terminal,
): Promise<number> {
  const { dataDir } = await settingsOf(flags, terminal);
  const { questions, unreadable } = openQuestions(dataDir.value, realClock);
  for (const asked of questions) {
    terminal.stdout.write(flags.json ? `${exactly(jsonOf(asked))}\n` : `${told(asked).join("\n")}\n\n`);
  }
  if (questions.length === 0 && !flags.json)
    terminal.stderr.write(`No run in ${dataDir.value} asks anything of a person.\n`);
  for (const { runId, problem } of unreadable) {
    terminal.stderr.write(`Not told: what the run ${runId} may ask. ${oneLine(problem)}\n`);
  }
  return EXIT.answered;
}

function told({ runId, question }: RunQuestion): string[] {
  const { question: id, about, team, text, askedAt } = question;
  const asked = new Date(askedAt).toISOString().slice(0, 19).replace("T", " ");
  const decisions = [
    [`m1p approve ${id}`, about === "effect" ? "do it again" : "run it again"],
    ...(about === "effect" ? [[`m1p approve ${id} --done "TEXT"`, "it was done, and TEXT is what it answered"]] : []),
    [`m1p deny ${id}`, about === "effect" ? "do not repeat it" : "do not run it again"],
  ];
  return [
    `${id}  run ${runId}, ${team}, asked ${asked} UTC`,
    `  ${callText(question)}`,
    `  ${oneLine(text)}`,
    ...decisions.map(([command = "", meaning = ""]) => `    ${command.padEnd(38)}  ${meaning}`),
  ];
}

/** A question as programs read it. */
function jsonOf({ runId, question }: RunQuestion) {
  const { question: id, about, subject, team, tool, arguments: args, text, askedAt } = question;
  return { runId, question: id, about, subject, team, tool, arguments: args, text, askedAt };
}
