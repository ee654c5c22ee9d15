import type { Clock } from "../../base/clock.ts";
import { runDirectory } from "../../base/directories.ts";
import { describeError, UsageError } from "../../base/errors.ts";
import type { EventOf } from "../../events/run-event.ts";
import { listRuns, type RunSummary } from "../../log/list-runs.ts";
import { LogFenced, type RunLog } from "../../log/run-log.ts";
import { isRunLocked } from "../../log/run-lock.ts";
import { SqliteLog } from "../../log/sqlite-log.ts";
import { EffectsFold, type Question } from "./effects-fold.ts";

/** Whose events a person's answers are: whoever works on the run has a scope of its own, and is not disturbed. */
const PERSON_SCOPE = "person";

/** A question with the run that asks it. */
export interface RunQuestion {
  readonly runId: string;
  readonly question: Question;
}

/** Runs whose questions cannot be told, and why, in a sentence. */
export type UnreadableRun = Pick<RunSummary, "runId"> & { readonly problem: string };

export interface QuestionsOfRuns {
  readonly questions: readonly RunQuestion[];
  readonly unreadable: readonly UnreadableRun[];
}

/** Which run's question a person answers; without `run` the one that asks it. */
export interface AnsweredQuestion {
  readonly question: string;
  readonly run?: string;
}

export type Decision = Pick<EventOf<"question-answered">, "decision" | "text" | "by">;

/** The open questions of all runs of a data directory, oldest first. Throws `log-disk`. */
export function openQuestions(dataDir: string, clock: Clock): QuestionsOfRuns {
  const { questions, unreadable } = questionsOf(listRuns(dataDir).filter(mayAsk), dataDir, clock);
  return { questions: questions.filter(({ question }) => question.state === "open"), unreadable };
}

/**
 * The question that this answer is meant for, if it can be answered so. Throws `UsageError`: `question-unknown`,
 * `question-ambiguous` (a fork asks the same), `question-answered`, `question-moot`, `question-not-so`.
 */
export function findQuestion(
  dataDir: string,
  asked: AnsweredQuestion,
  decision: Decision["decision"],
  clock: Clock,
): RunQuestion {
  const runs = listRuns(dataDir);
  const { questions: asking, unreadable } = questionsOf(runs.filter(mayAsk), dataDir, clock);
  const isIt = ({ runId, question }: RunQuestion) => isMeant(asked, runId, question);
  const now = asking.filter(isIt);
  // Runs that have ended are looked at only to say what became of an old question.
  const matches = now.length > 0 ? now : questionsOf(runs, dataDir, clock).questions.filter(isIt);
  const open = matches.filter(({ question }) => question.state === "open");
  const [found = matches[0]] = open;
  if (!found) throw unknown(asked.question, dataDir, unreadable);
  if (open.length > 1)
    throw new UsageError("question-ambiguous", `${open.length} runs ask the question ${asked.question}.`, {
      hint: `Say which one: --run ${open.map(({ runId }) => runId).join(" or --run ")}`,
    });
  assertAnswerable(found, decision);
  return found;
}

/**
 * Puts a person's answer into the log of the run. Throws as `findQuestion` does, also where somebody else was
 * faster; `log-damaged` and whatever else opening the log throws. Tells whether a process works on the run
 * and so takes the answer up by itself.
 */
export async function answerQuestion(
  dataDir: string,
  { runId, question }: RunQuestion,
  decision: Decision,
  clock: Clock,
): Promise<{ readonly running: boolean }> {
  const directory = runDirectory(dataDir, runId);
  const log = SqliteLog.open({ directory, runId, clock });
  try {
    while (!(await tryToAnswer(log, question.question, decision)));
    return { running: isRunLocked(directory) };
  } finally {
    await log.close();
  }
}

/** False where another process took the scope meanwhile: it may have answered. */
async function tryToAnswer(log: RunLog, id: string, decision: Decision): Promise<boolean> {
  const writer = await log.acquire(PERSON_SCOPE);
  // Looked at while this process alone may answer.
  const question = foldOf(log).question(id);
  if (!question) throw unknown(id, log.runId, []);
  assertAnswerable({ runId: log.runId, question }, decision.decision);
  try {
    await writer.append([{ type: "question-answered", question: id, ...decision }]);
    return true;
  } catch (error) {
    if (error instanceof LogFenced) return false;
    throw error;
  }
}

function questionsOf(runs: readonly RunSummary[], dataDir: string, clock: Clock): QuestionsOfRuns {
  const questions: RunQuestion[] = [];
  const unreadable: UnreadableRun[] = [];
  for (const { runId, outcome, problem = "" } of runs) {
    if (outcome === "unreadable") unreadable.push({ runId, problem });
    else {
      try {
        questions.push(...readQuestions(dataDir, runId, clock));
      } catch (error) {
        unreadable.push({ runId, problem: describeError(error) });
      }
    }
  }
  return { questions: questions.sort((one, other) => one.question.askedAt - other.question.askedAt), unreadable };
}

function readQuestions(dataDir: string, runId: string, clock: Clock): RunQuestion[] {
  const log = SqliteLog.open({ directory: runDirectory(dataDir, runId), runId, clock, readOnly: true });
  try {
    return foldOf(log).questions.map((question) => ({ runId, question }));
  } finally {
    // Nothing was appended, so there is nothing to wait for.
    void log.close();
  }
}

function foldOf(log: RunLog): EffectsFold {
  const fold = new EffectsFold();
  for (const event of log.read()) fold.apply(event);
  return fold;
}

/** One whose end is in its log asks nobody, unless it waits. */
function mayAsk({ outcome }: RunSummary): boolean {
  return ["running", "waiting", "interrupted", "unreadable"].includes(outcome);
}

function isMeant(asked: AnsweredQuestion, runId: string, { question }: Question): boolean {
  return question === asked.question.toLowerCase() && runId.startsWith(asked.run ?? "");
}

function assertAnswerable({ runId, question }: RunQuestion, decision: Decision["decision"]): void {
  const { question: id, state, answer, about } = question;
  if (answer)
    throw new UsageError(
      "question-answered",
      `The question ${id} was answered already, by ${answer.by}: ${said(answer)}.`,
      {
        hint: `m1p show ${runId} tells what came of it.`,
      },
    );
  if (state === "moot")
    throw new UsageError("question-moot", `The question ${id} needs no answer any more: its run went on without it.`, {
      hint: `m1p show ${runId} tells how.`,
    });
  if (about === "step" && decision === "done")
    throw new UsageError(
      "question-not-so",
      `The question ${id} is about a program whose folder is back as it was before.`,
      {
        hint: "It can be run again (m1p approve) or not (m1p deny); its result is lost.",
      },
    );
}

function said({ decision }: EventOf<"question-answered">): string {
  return { again: "do it again", "not-again": "do not repeat it", done: "it was done" }[decision];
}

function unknown(id: string, dataDir: string, unreadable: readonly UnreadableRun[]): UsageError {
  const damaged = unreadable.map(({ runId, problem }) => `Run ${runId} could not be looked at: ${problem}`);
  return new UsageError("question-unknown", [`No run in ${dataDir} asks the question "${id}".`, ...damaged].join(" "), {
    hint: "m1p approvals lists the open ones.",
  });
}
