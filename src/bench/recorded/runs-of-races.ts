import type { LoggedEvent } from "../../events/run-event.ts";
import { AnswerClusters } from "./answer-clusters.ts";
import type { RecordedRun } from "./recorded-run.ts";
import { teamRunsOf } from "./team-runs.ts";

/** The name of the bench that one's own races are. */
const OWN_RACES = "own races";

/**
 * The logs of races as recorded runs, one a team: the task is the race's prompt, the bench is `own races`. Nobody
 * scored them, so only speed and cost can be told; a team that was cut off has no duration.
 */
export function runsOfRaces(races: readonly (readonly LoggedEvent[])[]): readonly RecordedRun[] {
  const clusters = new AnswerClusters();
  return races.flatMap((events) => {
    const [start] = events;
    const task = start?.type === "run-started" ? start.task.prompt : "";
    return teamRunsOf(events).map((run) => ({
      bench: OWN_RACES,
      model: run.model,
      task,
      score: null,
      duration_s: run.outcome === "cut-off" ? null : run.ms / 1_000,
      prompt_tokens: run.promptTokens,
      output_tokens: run.outputTokens,
      ...clusters.of(task, run.outcome, run.answer),
      err: run.outcome === "failed",
    }));
  });
}
