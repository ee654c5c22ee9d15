import { userInfo } from "node:os";
import { realClock } from "../../base/clock.ts";
import { UsageError } from "../../base/errors.ts";
import { answerQuestion, findQuestion, type Decision, type RunQuestion } from "../../run/effects/open-questions.ts";
import { callText } from "../telling/effect-teller.ts";
import { EXIT } from "../exit-codes.ts";
import { settingsOf } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";

export interface DecideFlags {
  readonly dataDir?: string;
  readonly run?: string;
  /** What the call answered, where it was done. */
  readonly done?: string;
}

/**
 * `m1p approve ID…` and `m1p deny ID…`: a person's answers to what runs ask. All of them, or none where one cannot be
 * given.
 */
export async function decide(
  ids: readonly string[],
  approved: boolean,
  flags: DecideFlags,
  terminal: Terminal,
): Promise<number> {
  const { dataDir } = await settingsOf(flags, terminal);
  const decision = decisionOf(approved, flags);
  if (flags.done !== undefined && ids.length > 1)
    throw new UsageError("done-of-several", "--done says what one call answered, and several are named.", {
      hint: "Approve them one by one.",
    });
  const asked = [...new Set(ids)].map((question) => {
    const meant = { question, ...(flags.run === undefined ? {} : { run: flags.run }) };
    return findQuestion(dataDir.value, meant, decision.decision, realClock);
  });
  const runs = new Map<string, boolean>();
  for (const each of asked) {
    const { running } = await answerQuestion(dataDir.value, each, decision, realClock);
    terminal.stdout.write(`${each.question.question}: ${meaning(each, decision)}\n`);
    runs.set(each.runId, running);
  }
  for (const [runId, running] of runs) {
    const next = running ? "The process that works on it takes it up." : `It goes on with: m1p resume ${runId}`;
    terminal.stderr.write(`Run ${runId} has the decision. ${next}\n`);
  }
  return EXIT.answered;
}

function decisionOf(approved: boolean, { done }: DecideFlags): Decision {
  if (!approved) return { decision: "not-again", by: user() };
  return done === undefined ? { decision: "again", by: user() } : { decision: "done", text: done, by: user() };
}

function meaning({ question }: RunQuestion, { decision }: Decision): string {
  const call = callText(question);
  const verb = question.about === "effect" ? "done" : "run";
  return { again: `${call} is ${verb} again`, "not-again": `${call} is not repeated`, done: `${call} was done` }[
    decision
  ];
}

/** Who decides, for the log. A user of a container may have no name. */
function user(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}
