import type { Configuration } from "../../run/configuration/configuration.ts";
import { loadConfiguration } from "../../run/configuration/load-configuration.ts";
import { dataDirectory } from "../../base/directories.ts";
import type { PacingLimits } from "../../model/pacing/own-limits.ts";
import { isSet, type Terminal } from "../terminal.ts";

/** A value and where it came from, as `m1p doctor` shows it. */
export interface Setting<Value> {
  readonly value: Value;
  readonly source: string;
}

export interface Settings {
  readonly configurationFile: string | undefined;
  /** What the file says, with the tools, agents and line-ups of a person's own. */
  readonly configuration: Configuration;
  readonly model: Setting<string | undefined>;
  readonly teams: Setting<number>;
  readonly policy: Setting<string>;
  /** How many answers the race waits for, where the policy leaves that open. */
  readonly need: Setting<number | undefined>;
  readonly aggregate: Setting<string | undefined>;
  readonly maxTurns: Setting<number | undefined>;
  readonly temperature: Setting<number | undefined>;
  readonly contextWindow: Setting<number | undefined>;
  readonly budgetUsd: Setting<number | undefined>;
  readonly budgetTokens: Setting<number | undefined>;
  readonly deadlineMs: Setting<number | undefined>;
  readonly dataDir: Setting<string>;
  /** Plain lines on a terminal, too. */
  readonly plain: Setting<boolean>;
  readonly pythonPackages: Setting<readonly string[]>;
  readonly pacing: Setting<PacingLimits>;
}

export interface SettingFlags {
  readonly model?: string;
  readonly teams?: number;
  readonly lineUp?: string;
  readonly policy?: string;
  readonly need?: number;
  readonly aggregate?: string;
  readonly maxTurns?: number;
  readonly temperature?: number;
  readonly contextWindow?: number;
  readonly budgetUsd?: number;
  readonly budgetTokens?: number;
  readonly deadline?: number;
  readonly dataDir?: string;
  readonly plain?: true;
}

/** What holds: flags over environment over `m1p.config.ts` over defaults. Throws what `loadConfiguration` throws. */
export async function settingsOf(flags: SettingFlags, terminal: Terminal): Promise<Settings> {
  const { configuration, file } = await loadConfiguration(terminal.directory);
  const { environment } = terminal;
  const source = file ?? "configuration file";
  const pick = <Value>(flag: Value | undefined, configured: Value | undefined, fallback: Value): Setting<Value> => {
    if (flag !== undefined) return { value: flag, source: "flag" };
    if (configured !== undefined) return { value: configured, source };
    return { value: fallback, source: "default" };
  };
  const configuredModel = typeof configuration.model === "object" ? configuration.model.join(",") : configuration.model;
  const environmentModel = environment["M1P_MODEL"];
  const environmentDataDir = environment["M1P_DATA_DIR"];
  return {
    configurationFile: file,
    configuration,
    model:
      flags.model === undefined && environmentModel
        ? { value: environmentModel, source: "M1P_MODEL" }
        : pick(flags.model, configuredModel, undefined),
    teams: pick(flags.teams, typeof configuration.teams === "number" ? configuration.teams : undefined, 3),
    policy: pick(flags.policy, configuration.policy, "first-answer"),
    need: pick(flags.need, configuration.need, undefined),
    aggregate: pick(flags.aggregate, configuration.aggregate, undefined),
    maxTurns: pick(flags.maxTurns, configuration.maxTurns, undefined),
    temperature: pick(flags.temperature, configuration.temperature, undefined),
    contextWindow: pick(flags.contextWindow, configuration.contextWindow, undefined),
    budgetUsd: pick(flags.budgetUsd, configuration.budget?.usd, undefined),
    budgetTokens: pick(flags.budgetTokens, configuration.budget?.tokens, undefined),
    deadlineMs: pick(flags.deadline, configuration.deadlineMs, undefined),
    dataDir:
      flags.dataDir === undefined && environmentDataDir
        ? { value: dataDirectory(environment), source: "M1P_DATA_DIR" }
        : pick(flags.dataDir, configuration.dataDir, dataDirectory({})),
    plain:
      flags.plain === undefined && isSet(environment["M1P_PLAIN"])
        ? { value: true, source: "M1P_PLAIN" }
        : pick<boolean>(flags.plain, configuration.plain, false),
    pacing: pick<PacingLimits>(undefined, configuration.pacing, {}),
    pythonPackages: pick<readonly string[]>(undefined, configuration.python?.packages, []),
  };
}

/** How a followed race is told. */
export async function tellingOf(
  flags: { readonly json?: true; readonly plain?: true },
  terminal: Terminal,
): Promise<{ readonly json: boolean; readonly plain: boolean }> {
  const { plain } = await settingsOf(flags.plain ? { plain: true } : {}, terminal);
  return { json: flags.json ?? false, plain: plain.value };
}
