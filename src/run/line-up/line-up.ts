import type { TeamDescription } from "../../events/run-event.ts";
import type { LanguageModel } from "../../model/model.ts";
import type { OpenModelOptions } from "../../model/open-model.ts";
import { OpenModels } from "../../model/open-models.ts";
import type { Team } from "../../team/team.ts";
import { defaultModel } from "./default-model.ts";
import { openLocal } from "./open-local.ts";
import type { RunSite } from "../opening/race-plan.ts";

/** The teams of a run by name, and the models they work with. */
export interface LineUp {
  readonly teams: ReadonlyMap<string, Team>;
  /** The model of a team; undefined for one without. */
  modelOf(team: string): LanguageModel | undefined;
  /** A model by reference. Throws `UsageError` (`model-unknown`). */
  model(reference: string): LanguageModel;
}

/** Names the teams: `team-1` is the first. */
export function namedTeams(teams: readonly Team[]): ReadonlyMap<string, Team> {
  return new Map(teams.map((team, index) => [`team-${index + 1}`, team] as const));
}

/**
 * Opens the models of the teams, each once; of a new run, endpoints are asked how much their models take. Throws what
 * opening a model throws.
 */
export async function openLineUp(
  site: RunSite,
  teams: ReadonlyMap<string, Team>,
  references: ReadonlyMap<string, string>,
  { askWindow = false }: Pick<OpenModelOptions, "askWindow"> = {},
): Promise<LineUp> {
  const own = new Map((site.models ?? []).map((model) => [model.id, model] as const));
  const { environment: env, clock, resources } = site;
  const sequences = teams.size;
  const opened = resources.use(
    await OpenModels.open(
      [...references.values()].filter((reference) => !own.has(reference)),
      { env, clock, askWindow, openLocal: (name) => openLocal(name, { sequences, environment: env }) },
    ),
  );
  const model = (reference: string) => own.get(reference) ?? opened.get(reference);
  const modelOf = (team: string) => {
    const reference = references.get(team);
    return reference === undefined ? undefined : model(reference);
  };
  return { teams, model, modelOf };
}

/** What is to be known of each team of a new run, for `run-started`. */
export function describeTeams(lineUp: LineUp): TeamDescription[] {
  return [...lineUp.teams].map(([name, team]) => {
    const model = lineUp.modelOf(name);
    const description = team.describe(name, model?.id, model?.abilities);
    return { ...description, team: name, ...(model ? { abilities: model.abilities } : {}) };
  });
}

/** Which model each team of a new run works with; `default` is chosen once for all. */
export async function referencesOf(
  teams: ReadonlyMap<string, Team>,
  site: RunSite,
): Promise<ReadonlyMap<string, string>> {
  const references = new Map<string, string>();
  for (const [name, { model }] of teams) if (model !== "none") references.set(name, model);
  const unset = [...references].filter(([, reference]) => reference === "default");
  if (unset.length === 0) return references;
  const { reference } = await defaultModel(site.environment, site.clock);
  for (const [name] of unset) references.set(name, reference);
  return references;
}
