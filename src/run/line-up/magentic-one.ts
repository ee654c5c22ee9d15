import { UsageError } from "../../base/errors.ts";
import { magenticOneTeam } from "../../team/magentic-one/magentic-one-team.ts";
import type { MagenticOneOptions } from "../../team/magentic-one/options.ts";
import type { Team } from "../../team/team.ts";

/** How the teams of a line-up are made. */
export interface MagenticOneLineUpOptions extends Omit<MagenticOneOptions, "model"> {
  /** A model reference, or several: team i works with the i-th, cyclic. Default: the first model that is here. */
  readonly model?: string | readonly string[];
}

/** A Magentic-One team, or several of it. */
export interface MagenticOneLineUp extends Team {
  /** `count` teams for a race. Throws `UsageError` (`team-count`). */
  times(count: number): readonly Team[];
}

const MOST_TEAMS = 1_000;

/**
 * Whole Magentic-One teams for a race: `race({ task, teams: magenticOne({ model }).times(3) })`.
 * Throws `UsageError` (`team-options`). Source: arXiv 2411.04468.
 */
export function magenticOne(options: MagenticOneLineUpOptions = {}): MagenticOneLineUp {
  const { model, ...others } = options;
  const models = model === undefined ? [] : typeof model === "string" ? [model] : model;
  const teamAt = (index: number): Team => {
    const reference = models[index % models.length];
    return magenticOneTeam({ ...others, ...(reference === undefined ? {} : { model: reference }) });
  };
  return { ...teamAt(0), times: (count) => Array.from({ length: checkedCount(count) }, (_, index) => teamAt(index)) };
}

function checkedCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_TEAMS) return count;
  throw new UsageError("team-count", `There can be no ${count} teams.`, {
    hint: `Take a whole number from 1 to ${MOST_TEAMS}.`,
  });
}
