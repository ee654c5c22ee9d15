import { isDeepStrictEqual } from "node:util";
import { UsageError } from "../../base/errors.ts";
import type { TeamDescription } from "../../events/run-event.ts";
import { COMMAND_KIND, commandTeam, commandTeamOptionsSchema } from "../../team/adapters/command-team.ts";
import type { Agent } from "../../team/magentic-one/agent.ts";
import { magenticOneTeam } from "../../team/magentic-one/magentic-one-team.ts";
import { type DefaultAgent, defaultAgents, type Member } from "../../team/magentic-one/members.ts";
import { type LoggedOptions, magenticOneOptionsSchema } from "../../team/magentic-one/options.ts";
import type { Team } from "../../team/team.ts";

/** What of a person's own a run may have been made with: code, which no log has. */
export interface OwnParts {
  readonly agents?: readonly Agent[];
  readonly ownTeams?: readonly Team[];
}

/**
 * The teams of a run made again from what `run-started` says of them; of those that have ended, only their
 * names matter. Throws `UsageError` (`teams-needed`, `agents-needed`) where one that is to go on is code of a program
 * that is not among `own`.
 */
export function teamsFromLog(
  descriptions: readonly TeamDescription[],
  living: ReadonlySet<string>,
  own: OwnParts = {},
): ReadonlyMap<string, Team> {
  const needed = descriptions.filter(({ team }) => living.has(team));
  return new Map(needed.map((description) => [description.team, teamFrom(description, own)] as const));
}

function teamFrom(description: TeamDescription, own: OwnParts): Team {
  const { team, kind, options, models } = description;
  const model = models[0] === undefined ? {} : { model: models[0] };
  const found = own.ownTeams?.find((each) => isMadeAs(each, description));
  if (found) return found;
  if (kind === "magentic-one") {
    const { agents, ...others } = magenticOneOptionsSchema.parse(options ?? {});
    return magenticOneTeam({ ...others, ...model, ...(agents ? { agents: membersOf(team, agents, own) } : {}) });
  }
  if (kind === COMMAND_KIND) return commandTeam(commandTeamOptionsSchema.parse(options));
  throw new UsageError(
    "teams-needed",
    `${team} of this run is code of a program (${kind}), which the log does not have.`,
    {
      hint: "Go on in the folder whose m1p.config.ts has it, or from its program: resume({ run, teams, … }).",
    },
  );
}

/** A function is known by its name, what was made with options by those as well. */
function isMadeAs(own: Team, { team, kind, options, models: [model], abilities }: TeamDescription): boolean {
  const described = own.describe(team, model, abilities);
  return described.kind === kind && isDeepStrictEqual(described.options ?? {}, options ?? {});
}

function membersOf(team: string, logged: NonNullable<LoggedOptions["agents"]>, own: OwnParts): Member[] {
  return logged.map((member) => {
    if (typeof member === "string") return defaultAgent(team, member);
    const found = own.agents?.find((agent) => agent.name === member.own);
    if (found) return found;
    throw new UsageError(
      "agents-needed",
      `${team} of this run has an agent of your own, ${member.own}, which is not here.`,
      {
        hint: "Go on in the folder whose m1p.config.ts has it, or from a program: resume({ run, agents, … }).",
      },
    );
  });
}

function defaultAgent(team: string, name: string): DefaultAgent {
  const found = defaultAgents.find((each) => each === name);
  if (found) return found;
  throw new UsageError("agents-needed", `${team} of this run has an agent ${name}, which this version does not have.`, {
    hint: "Go on with the version of m1-parallel that began the run.",
  });
}
