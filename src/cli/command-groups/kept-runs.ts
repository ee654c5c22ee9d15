import type { Command } from "commander";
import { parseBytes } from "../words/byte-size.ts";
import type { RemoveFlags } from "../commands/remove-runs.ts";
import type { ListFlags } from "../commands/runs.ts";
import { parseDuration } from "../words/duration.ts";
import type { Terminal } from "../terminal.ts";
import { DATA_DIR } from "./shared-options.ts";

/** The commands about the runs that are kept: `runs` and `runs rm`. */
export function addKeptRuns(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  const runs = program
    .command("runs")
    .description("list the runs, newest first; 'runs rm' removes some")
    .option(...DATA_DIR)
    .option("--size", "what each takes on the disk")
    .option("--json", "one run a line")
    // An option after `rm` is that command's own.
    .enablePositionalOptions()
    .action(async (flags: ListFlags) =>
      exit(await (await import("../commands/runs.ts")).listRunsCommand(flags, terminal)),
    );
  runs
    .command("rm")
    .description("remove runs: those that are named, or old ones")
    .argument("[run...]", "their ids, the beginnings of these, or 'last'")
    .option(
      "--older-than <time>",
      "ended runs in which nothing has happened for so long, like 12h or 30d",
      parseDuration,
    )
    .option("--keep <size>", "the oldest ended runs, until the rest takes at most this, like 20G", parseBytes)
    .option("--force", "also runs that were interrupted, wait for a person or cannot be read")
    .option("--dry-run", "only say what would be removed")
    .option(...DATA_DIR)
    .option("--json", "one removed run a line")
    .addHelpText("after", REMOVE_HELP)
    .action(async (names: readonly string[], _flags: RemoveFlags, command: Command) =>
      exit(
        await (
          await import("../commands/remove-runs.ts")
        ).removeRunsCommand(names, command.optsWithGlobals<RemoveFlags>(), terminal),
      ),
    );
}

const REMOVE_HELP = `
A run that is being worked on is never removed. What a run has done outside of
its folder stays done.

Examples:
  m1p runs rm 0199a 0199b
  m1p runs rm --older-than 30d
  m1p runs rm --keep 20G --dry-run
`;
