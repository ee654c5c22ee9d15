import { UsageError } from "../../base/errors.ts";
import { orchestratorModeSchema, type OrchestratorMode } from "../../events/ledger.ts";
import { type Configuration, isCommand, type LineUpEntry } from "../../run/configuration/configuration.ts";
import { lineUpNamed, teamsOf, type TeamSettings } from "../../run/configuration/configured-teams.ts";
import { magenticOne } from "../../run/line-up/magentic-one.ts";
import { parseModelList } from "../../model/model-reference.ts";
import type { Team } from "../../team/team.ts";
import { chosenModels } from "./chosen-models.ts";
import type { Setting, SettingFlags, Settings } from "./settings.ts";
import { commandTeams, type TeamFlags } from "./team-flags.ts";
import type { Terminal } from "../terminal.ts";

/** The flags that say who races. */
export type LineUpFlags = SettingFlags & TeamFlags & { readonly orchestrator?: string };

/** Who races. */
export interface ChosenLineUp {
  readonly teams: readonly Team[];
  /** Those that are commands, which run without a sandbox. */
  readonly commands: readonly string[];
}

/**
 * The teams of a run: commands of flags, a line-up by its name, so many as a flag says, the configuration's own
 * line-up, else three. Throws `UsageError` (`team-flags`, `line-up-unknown`, `orchestrator-unknown`) and what making
 * teams throws.
 */
export async function lineUpOf(flags: LineUpFlags, settings: Settings, terminal: Terminal): Promise<ChosenLineUp> {
  const commands = commandTeams(flags);
  if (commands) return { teams: commands, commands: flags.team ?? [] };
  const entries = entriesOf(flags, settings.configuration);
  const teamSettings = settingsOfTeams(flags, settings, terminal);
  if (entries) return { teams: await teamsOf(entries, teamSettings), commands: commandsOf(entries) };
  const { over, otherwise, models } = teamSettings;
  const lineUp = magenticOne({ ...otherwise, ...over, model: await models() });
  return { teams: lineUp.times(settings.teams.value), commands: [] };
}

function entriesOf({ lineUp, teams }: LineUpFlags, configuration: Configuration): readonly LineUpEntry[] | undefined {
  if (lineUp !== undefined && teams !== undefined) {
    throw new UsageError("team-flags", "--line-up and -k do not go together: the line-up says how many teams race.", {
      hint: "In the line-up, times: 3 makes three teams of one kind.",
    });
  }
  if (lineUp !== undefined) return lineUpNamed(configuration, lineUp);
  return teams === undefined && typeof configuration.teams === "object" ? configuration.teams : undefined;
}

function commandsOf(entries: readonly LineUpEntry[]): string[] {
  return entries.flatMap((entry) => (isCommand(entry) ? [entry.command] : []));
}

/** Flags hold over what a line-up's teams say, what the configuration says for all holds where they say nothing. */
function settingsOfTeams(flags: LineUpFlags, settings: Settings, terminal: Terminal): TeamSettings {
  const { maxTurns, temperature, contextWindow, model, configuration } = settings;
  const mode = flags.orchestrator === undefined ? undefined : orchestratorMode(flags.orchestrator);
  let models: Promise<readonly string[]> | undefined;
  return {
    over: {
      ...(mode ? { mode } : {}),
      ...given("maxTurns", maxTurns, true),
      ...given("temperature", temperature, true),
      ...given("contextWindow", contextWindow, true),
    },
    otherwise: {
      ...given("maxTurns", maxTurns, false),
      ...given("temperature", temperature, false),
      ...given("contextWindow", contextWindow, false),
      ...(configuration.agents ? { agents: configuration.agents } : {}),
    },
    models: () => (models ??= chosenModels(settings, terminal)),
    overModels: model.source === "flag" && model.value !== undefined ? parseModelList(model.value) : undefined,
  };
}

function given(name: string, { value, source }: Setting<number | undefined>, byFlag: boolean): Record<string, number> {
  return value === undefined || (source === "flag") !== byFlag ? {} : { [name]: value };
}

function orchestratorMode(name: string): OrchestratorMode {
  const mode = orchestratorModeSchema.safeParse(name);
  if (mode.success) return mode.data;
  throw new UsageError("orchestrator-unknown", `There is no orchestrator mode "${name}".`, {
    hint: `Take one of ${orchestratorModeSchema.options.join(", ")}.`,
  });
}
