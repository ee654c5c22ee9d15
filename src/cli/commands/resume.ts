import { realClock } from "../../base/clock.ts";
import { describeError, M1Error } from "../../base/errors.ts";
import type { LiveEvent } from "../../events/live.ts";
import type { EffectsSummary, EventOf, LoggedEvent } from "../../events/run-event.ts";
import { EffectsFold } from "../../run/effects/effects-fold.ts";
import { ENGINE_VERSION } from "../../run/engine-version.ts";
import { ownPartsOf } from "../../run/configuration.ts";
import { openRun } from "../../run/find-run.ts";
import { resume } from "../../run/resume.ts";
import { PROMPT_VERSION } from "../../team/magentic-one/prompts/prompt-version.ts";
import { warnOfRun } from "../command-warning.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { followRace } from "../follow-race.ts";
import { oneLine } from "../printable.ts";
import { resultText } from "../result-text.ts";
import { settingsOf } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

export interface ResumeFlags {
  readonly dataDir?: string;
  readonly json?: true;
}

/** `m1p resume RUN`: goes on with a run whose process ended. One that has ended is told again. */
export async function resumeRun(run: string, flags: ResumeFlags, terminal: Terminal): Promise<number> {
  const { dataDir, configuration } = await settingsOf(flags, terminal);
  const past = await lookBack(dataDir.value, run);
  if (past.finished && past.effects !== "pending") {
    terminal.stderr.write(`The run ${past.runId} has ended already; nothing is done again.\n\n`);
    if (flags.json) terminal.stdout.write(`${JSON.stringify(past.finished)}\n`);
    else terminal.stdout.write(resultText(past.finished));
    return exitCodeOf(past.finished.outcome);
  }
  if (!flags.json) for (const line of describePast(past)) terminal.stderr.write(`${line}\n`);
  await warnOfRun(dataDir.value, past.runId, terminal);
  const options = {
    run: past.runId,
    dataDir: dataDir.value,
    environment: terminal.environment,
    ...ownPartsOf(configuration),
  };
  const start = (onLive: (event: LiveEvent) => void) => resume({ ...options, onLive });
  return (await followRace(start, terminal, { json: flags.json ?? false, known: past.events })).exitCode;
}

interface Past {
  readonly runId: string;
  readonly events: number;
  readonly steps: number;
  readonly start: (LoggedEvent & EventOf<"run-started">) | undefined;
  readonly effects: EffectsSummary;
  readonly finished: (LoggedEvent & EventOf<"run-finished">) | undefined;
}

async function lookBack(dataDir: string, run: string): Promise<Past> {
  const log = openRun(dataDir, run, realClock);
  try {
    let [events, steps] = [0, 0];
    let start: Past["start"];
    let finished: Past["finished"];
    const effects = new EffectsFold();
    for (const event of log.read()) {
      effects.apply(event);
      events = event.seq;
      if (event.type === "run-started") start = event;
      if (event.type === "step-finished" && event.status !== "aborted") steps += 1;
      if (event.type === "run-finished") finished = event;
    }
    return { runId: log.runId, events, steps, start, finished, effects: effects.summary() };
  } catch (error) {
    if (!(error instanceof M1Error) || error.code !== "log-damaged") throw error;
    throw new M1Error(error.code, describeError(error), {
      cause: error,
      hint: "What is before that place is whole: m1p show tells it, and m1p fork RUN --at EVENT goes on from it as a new run.",
    });
  } finally {
    await log.close();
  }
}

function describePast({ runId, events, steps, start }: Past): string[] {
  const lines = [
    `Resuming run ${runId}: ${oneLine(start?.task.prompt ?? "")}`,
    `${events} events and ${steps} finished steps are in its log; none of them is done again.`,
  ];
  const { engineVersion, promptVersion } = start ?? { engineVersion: ENGINE_VERSION, promptVersion: PROMPT_VERSION };
  if (engineVersion !== ENGINE_VERSION || promptVersion !== PROMPT_VERSION) {
    const then = `m1-parallel ${engineVersion} with prompts ${promptVersion}`;
    const now = `this is ${ENGINE_VERSION} with prompts ${PROMPT_VERSION}`;
    lines.push(`It was begun by ${then}, and ${now}: a team goes on as long as it asks what its log has.`);
  }
  return lines;
}
