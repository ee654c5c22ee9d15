import { UsageError } from "../base/errors.ts";
import type { TeamDescription } from "../events/run-event.ts";
import { COMMAND_KIND, commandTeam, commandTeamOptionsSchema } from "../team/adapters/command-team.ts";
import { magenticOne } from "../team/magentic-one/magentic-one.ts";
import { magenticOneOptionsSchema } from "../team/magentic-one/options.ts";
import type { Team } from "../team/team.ts";

/**
 * The teams of a run made again from what `run-started` says of them; of those that have ended, only their
 * names matter. Throws `UsageError` (`teams-needed`) where one that is to go on is code of a program.
 */
export function teamsFromLog(
  descriptions: readonly TeamDescription[],
  living: ReadonlySet<string>,
): ReadonlyMap<string, Team> {
  const needed = descriptions.filter(({ team }) => living.has(team));
  return new Map(needed.map((description) => [description.team, teamFrom(description)] as const));
}

function teamFrom(description: TeamDescription): Team {
  const { team, kind, options, models } = description;
  const model = models[0] === undefined ? {} : { model: models[0] };
  if (kind === "magentic-one") return magenticOne({ ...magenticOneOptionsSchema.parse(options ?? {}), ...model });
  if (kind === COMMAND_KIND) return commandTeam(commandTeamOptionsSchema.parse(options));
  throw new UsageError(
    "teams-needed",
    `${team} of this run is code of a program (${kind}), which the log does not have.`,
    {
      hint: "Resume the run from that program: resume({ run, teams, … }).",
    },
  );
}
