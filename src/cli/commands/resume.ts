import { realClock } from "../../base/clock.ts";
import { describeError, M1Error } from "../../base/errors.ts";
import { RUN_SCOPE, type EventOf } from "../../events/run-event.ts";
import { beginningOf, eventAt } from "../../log/event-at.ts";
import type { RunLog } from "../../log/run-log.ts";
import { EffectsFold } from "../../run/effects/effects-fold.ts";
import { ENGINE_VERSION } from "../../run/engine-version.ts";
import { ownPartsOf } from "../../run/configuration/configuration.ts";
import { openRun } from "../../run/kept-runs/find-run.ts";
import { resume } from "../../run/resume.ts";
import { PROMPT_VERSION } from "../../team/magentic-one/prompts/prompt-version.ts";
import { warnOfStart } from "../notices/command-warning.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { followRace } from "../telling/follow-race.ts";
import { oneLine } from "../words/printable.ts";
import { resultText } from "../telling/result-text.ts";
import { settingsOf, tellingOf } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";

export interface ResumeFlags {
  readonly dataDir?: string;
  readonly json?: true;
  readonly plain?: true;
}

/** `m1p resume RUN`: goes on with a run whose process ended. One that has ended is told again. */
export async function resumeRun(run: string, flags: ResumeFlags, terminal: Terminal): Promise<number> {
  const { dataDir, configuration, pacing } = await settingsOf(flags, terminal);
  const { runId, start, finished } = await found(() => lookBack(dataDir.value, run));
  if (finished) {
    terminal.stderr.write(`The run ${runId} has ended already; nothing is done again.\n\n`);
    if (flags.json) terminal.stdout.write(`${JSON.stringify(finished)}\n`);
    else terminal.stdout.write(resultText(finished));
    return exitCodeOf(finished.outcome);
  }
  if (!flags.json) for (const line of describeStart(runId, start)) terminal.stderr.write(`${line}\n`);
  if (start) warnOfStart(start, terminal);
  const own = ownPartsOf(configuration);
  const { environment } = terminal;
  const options = { run: runId, dataDir: dataDir.value, pacing: pacing.value, environment, ...own };
  const telling = await tellingOf(flags, terminal);
  const followed = found(() =>
    followRace((listeners) => resume({ ...options, ...listeners }), terminal, {
      ...telling,
      describePast: ({ events, steps }) => [
        `${events} events and ${steps} finished steps are in its log; none of them is done again.`,
      ],
    }),
  );
  return (await followed).exitCode;
}

interface Past {
  readonly runId: string;
  readonly start: EventOf<"run-started"> | undefined;
  /** The run's end, where it has come and nothing is left to be done. */
  readonly finished?: EventOf<"run-finished"> | undefined;
}

/** What must be known before a run is gone on with. Its log is read then, and not twice. */
async function lookBack(dataDir: string, run: string): Promise<Past> {
  const log = openRun(dataDir, run, realClock);
  try {
    const { runId } = log;
    const start = beginningOf(log);
    const last = eventAt(log, log.head().seq);
    // Nothing of a team comes behind the run's end.
    if (last?.scope !== RUN_SCOPE) return { runId, start };
    return { runId, start, finished: endOf(log) };
  } finally {
    await log.close();
  }
}

function endOf(log: RunLog): EventOf<"run-finished"> | undefined {
  const effects = new EffectsFold();
  let finished: EventOf<"run-finished"> | undefined;
  for (const event of log.read()) {
    effects.apply(event);
    if (event.type === "run-finished") finished = event;
  }
  return effects.summary() === "pending" ? undefined : finished;
}

/** Of a log that is damaged, it is said what can be done. */
async function found<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof M1Error) || error.code !== "log-damaged") throw error;
    throw new M1Error(error.code, describeError(error), {
      cause: error,
      hint: "What is before that place is whole: m1p show tells it, and m1p fork RUN --at EVENT goes on from it as a new run.",
    });
  }
}

function describeStart(runId: string, start: EventOf<"run-started"> | undefined): string[] {
  const lines = [`Resuming run ${runId}: ${oneLine(start?.task.prompt ?? "")}`];
  const { engineVersion, promptVersion } = start ?? { engineVersion: ENGINE_VERSION, promptVersion: PROMPT_VERSION };
  if (engineVersion !== ENGINE_VERSION || promptVersion !== PROMPT_VERSION) {
    const then = `m1-parallel ${engineVersion} with prompts ${promptVersion}`;
    const now = `this is ${ENGINE_VERSION} with prompts ${PROMPT_VERSION}`;
    lines.push(`It was begun by ${then}, and ${now}: a team goes on as long as it asks what its log has.`);
  }
  return lines;
}
