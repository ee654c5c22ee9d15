import path from "node:path";
import { UsageError } from "../../base/errors.ts";
import { commandAcceptance } from "../../answers/acceptance.ts";
import type { RaceOptions } from "../../run/race-options.ts";
import { commandTeam } from "../../team/adapters/command-team.ts";
import type { Team } from "../../team/team.ts";
import type { SettingFlags } from "./settings.ts";
import type { Terminal } from "../terminal.ts";

/** The flags of `m1p solve` by which a person's own commands are teams, and what they work on. */
export interface TeamFlags {
  readonly team?: readonly string[];
  readonly repeatable?: true;
  readonly accept?: string;
  readonly workdir?: string;
}

/** Flags that say how teams of models are made. */
const OF_MODELS = {
  teams: "-k",
  model: "-m",
  maxTurns: "--max-turns",
  temperature: "--temperature",
  contextWindow: "--context-window",
  orchestrator: "--orchestrator",
  lineUp: "--line-up",
} as const;

type ModelFlags = SettingFlags & { readonly orchestrator?: string };

/**
 * A team for each command; undefined where none is given. Throws `UsageError` (`team-flags`) for flags that say
 * something of other teams.
 */
export function commandTeams(flags: TeamFlags & ModelFlags): readonly Team[] | undefined {
  const { team: commands = [], repeatable = false } = flags;
  if (commands.length === 0) {
    if (!repeatable) return undefined;
    throw new UsageError("team-flags", "--repeatable is about commands, and there is no --team.");
  }
  for (const [name, flag] of Object.entries(OF_MODELS)) {
    if (flags[name as keyof typeof OF_MODELS] === undefined) continue;
    throw new UsageError("team-flags", `--team and ${flag} do not go together: the commands are the teams.`, {
      hint: "Give a --team for each; what a command asks, and of which model, is its own.",
    });
  }
  return commands.map((command) => commandTeam({ command, ...(repeatable ? { repeatable } : {}) }));
}

/** What is worked on, and what is accepted. */
export function workOptions(flags: TeamFlags, terminal: Terminal): Pick<RaceOptions, "workdir" | "accept"> {
  const { workdir, accept } = flags;
  return {
    ...(workdir === undefined ? {} : { workdir: path.resolve(terminal.directory, workdir) }),
    ...(accept === undefined ? {} : { accept: commandAcceptance(accept) }),
  };
}
