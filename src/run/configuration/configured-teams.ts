import { UsageError } from "../../base/errors.ts";
import { commandTeam } from "../../team/adapters/command-team.ts";
import { magenticOneTeam } from "../../team/magentic-one/magentic-one-team.ts";
import type { MagenticOneOptions } from "../../team/magentic-one/options.ts";
import type { Team } from "../../team/team.ts";
import { type Configuration, isCommand, isTeam, type LineUpEntry, type MagenticOneSpec } from "./configuration.ts";

/** A line-up by its name. Throws `UsageError` (`line-up-unknown`). */
export function lineUpNamed({ lineUps = {} }: Configuration, name: string): readonly LineUpEntry[] {
  const found = Object.hasOwn(lineUps, name) ? lineUps[name] : undefined;
  if (found) return found;
  const names = Object.keys(lineUps);
  throw new UsageError("line-up-unknown", `There is no line-up "${name}".`, {
    hint:
      names.length > 0
        ? `Those in m1p.config.ts are: ${names.join(", ")}.`
        : "m1p.config.ts names them: lineUps: { mixed: [{ … }, { … }] }; m1p init writes one.",
  });
}

/** What holds for the Magentic-One teams of a line-up: `over` what they say, and where they say nothing. */
export interface TeamSettings {
  readonly over: Omit<MagenticOneOptions, "model" | "agents">;
  readonly otherwise: Omit<MagenticOneOptions, "model">;
  /** References for teams without one, the i-th for the i-th of them, cyclic; asked for only where there are any. */
  readonly models: () => Promise<readonly string[]>;
  /** References that a person named for this run, over what teams say. */
  readonly overModels: readonly string[] | undefined;
}

/** The teams of a line-up. Throws what making one throws. */
export async function teamsOf(entries: readonly LineUpEntry[], settings: TeamSettings): Promise<readonly Team[]> {
  const specs = entries.flatMap((entry): readonly LineUpEntry[] => {
    if (isTeam(entry) || isCommand(entry)) return [entry];
    const { times = 1, ...spec } = entry;
    return Array.from({ length: times }, () => spec);
  });
  const teams: Team[] = [];
  let modelTeams = 0;
  for (const spec of specs) {
    if (isTeam(spec)) teams.push(spec);
    else if (isCommand(spec)) teams.push(commandTeam(spec));
    else teams.push(await magenticOneOf(spec, settings, modelTeams++));
  }
  return teams;
}

async function magenticOneOf(spec: MagenticOneSpec, settings: TeamSettings, index: number): Promise<Team> {
  const { over, otherwise, overModels } = settings;
  const models = overModels ?? (spec.model === undefined ? await settings.models() : [spec.model]);
  const { times: _, ...said } = spec;
  const model = models[index % models.length];
  return magenticOneTeam({ ...otherwise, ...said, ...over, ...(model === undefined ? {} : { model }) });
}
