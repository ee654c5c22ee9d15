import type { TeamDescription } from "../events/run-event.ts";
import type { LanguageModel } from "../model/model.ts";
import { OpenModels } from "../model/open-models.ts";
import type { Team } from "../team/team.ts";
import { defaultModel } from "./default-model.ts";
import { openLocal } from "./open-local.ts";
import type { RacePlan } from "./race-plan.ts";

/** The teams of a run by name, and the models they work with. */
export interface LineUp {
  readonly teams: ReadonlyMap<string, Team>;
  readonly descriptions: readonly TeamDescription[];
  /** The model of a team; undefined for one without. */
  modelOf(team: string): LanguageModel | undefined;
  /** A model by reference. Throws `UsageError` (`model-unknown`). */
  model(reference: string): LanguageModel;
}

/** Names the teams and opens their models, each once. Throws what opening a model throws. */
export async function openLineUp(plan: RacePlan): Promise<LineUp> {
  const teams = new Map(plan.teams.map((team, index) => [`team-${index + 1}`, team] as const));
  const references = await referencesOf(teams, plan);
  const own = new Map((plan.models ?? []).map((model) => [model.id, model] as const));
  const { environment: env, clock, resources } = plan;
  const sequences = teams.size;
  const opened = resources.use(
    await OpenModels.open(
      [...references.values()].filter((reference) => !own.has(reference)),
      { env, clock, openLocal: (name) => openLocal(name, { sequences, environment: env }) },
    ),
  );
  const model = (reference: string) => own.get(reference) ?? opened.get(reference);
  const modelOf = (team: string) => {
    const reference = references.get(team);
    return reference === undefined ? undefined : model(reference);
  };
  const descriptions = [...teams].map(([name, team]) => ({
    ...team.describe(name, references.get(name), modelOf(name)?.abilities),
    team: name,
  }));
  return { teams, descriptions, model, modelOf };
}

/** Which model each team works with; `default` is chosen once for all. */
async function referencesOf(teams: ReadonlyMap<string, Team>, plan: RacePlan): Promise<ReadonlyMap<string, string>> {
  const references = new Map<string, string>();
  for (const [name, { model }] of teams) if (model !== "none") references.set(name, model);
  const unset = [...references].filter(([, reference]) => reference === "default");
  if (unset.length === 0) return references;
  const { reference } = await defaultModel(plan.environment, plan.clock);
  for (const [name] of unset) references.set(name, reference);
  return references;
}
