import { toError } from "../base/errors.ts";
import type { LiveEvent } from "../events/live.ts";
import type { EventOf } from "../events/run-event.ts";
import type { RunLog } from "../log/run-log.ts";
import type { Team } from "../team/team.ts";
import { Aggregation } from "./aggregation.ts";
import { RunEffects } from "./effects/run-effects.ts";
import { furnisher, modelExecutor } from "./furnish.ts";
import type { LineUp } from "./line-up.ts";
import { RaceEngine } from "./race-engine.ts";
import type { AcceptFunction } from "./race-options.ts";
import type { RunSite } from "./race-plan.ts";
import type { RunPast } from "./run-past.ts";
import type { ToolKit } from "./tool-kit.ts";

/** All that an engine is put together from; the log is open for writing, and this process holds the run. */
export interface EngineParts {
  readonly site: RunSite;
  readonly log: RunLog;
  readonly start: EventOf<"run-started">;
  /** Those that may still act. */
  readonly teams: ReadonlyMap<string, Team>;
  readonly lineUp: LineUp;
  readonly toolKit: ToolKit;
  readonly accept: AcceptFunction | undefined;
  /** What the log says, where the run is resumed. */
  readonly past?: RunPast;
}

/** The engine of a new run or of a resumed one: `start` or `resume` sets it going. */
export function openEngine({ site, log, start, teams, lineUp, toolKit, accept, past }: EngineParts): RaceEngine {
  const { clock, onLive } = site;
  const live = (event: LiveEvent) => tellLive(onLive, event);
  const { aggregate, seed } = start;
  return new RaceEngine({
    log,
    clock,
    volatile: site.store.volatile,
    teams,
    start,
    furnish: furnisher({ site, log, start, lineUp, toolKit, live }),
    openEffects: (own) => new RunEffects({ log, clock, live, tool: (name) => toolKit.tool(name), ...own }),
    ...(aggregate?.kind === "llm"
      ? {
          aggregate: (request) =>
            new Aggregation({
              ...request,
              log,
              clock,
              live,
              seed,
              aggregate,
              models: modelExecutor(site, lineUp, log),
              task: start.task.prompt,
            }),
        }
      : {}),
    ...(accept ? { accept } : {}),
    ...(past ? { past } : {}),
  });
}

/** A listener's fault is the listener's: no call fails by it. */
function tellLive(onLive: RunSite["onLive"], event: LiveEvent): void {
  try {
    onLive?.(event);
  } catch (error) {
    process.emitWarning(toError(error));
  }
}
