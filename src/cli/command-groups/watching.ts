import type { Command } from "commander";
import type { ReplayFlags } from "../commands/replay.ts";
import type { ShowFlags } from "../commands/show.ts";
import { speed, wholeNumber } from "../flags/option-values.ts";
import type { Terminal } from "../terminal.ts";
import { DATA_DIR, PLAIN } from "./shared-options.ts";

/** The commands that tell what was: `show` and `replay`. */
export function addWatching(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command("show")
    .description("tell what came of a run, and what happened in it")
    .argument("<run>", "its id, the beginning of it, or 'last'")
    .option("--lines", "a line for each thing that a team did")
    .option("--full", "all in order: ledgers, messages, code and outputs")
    .option("--ledgers", "the ledgers only; with --code both")
    .option("--code", "the code and what it printed only")
    .option("--team <team>", "of this team only, like team-2 (alone: in full)")
    .option("--diff", "what the teams did to their files, as patches; with --json one file a line")
    .option("--out <path>", "write the answer to this file, and nothing else")
    .option("--json", "its events, one a line: m1p replay plays such a file anywhere")
    .option(...DATA_DIR)
    .addHelpText("after", SHOW_HELP)
    .action(async (run: string, flags: ShowFlags) =>
      exit(await (await import("../commands/show.ts")).show(run, flags, terminal)),
    );
  program
    .command("replay")
    .description("watch a race again, of a run or of a file that somebody sent")
    .argument("<run or file>", "a run's id, the beginning of it, or 'last'; or a file of events, - for standard input")
    .option("--speed <times>", "like 4x or 0.5x, or max (default: 1x; no pause is longer than 3 s)", speed)
    .option("--from <event>", "begin with the event of this number", wholeNumber)
    .option(...PLAIN)
    .option(...DATA_DIR)
    .addHelpText("after", REPLAY_HELP)
    .action(async (source: string, flags: ReplayFlags) =>
      exit(await (await import("../commands/replay.ts")).replayRun(source, flags, terminal)),
    );
}

const SHOW_HELP = `
Examples:
  m1p show last                        how it ended, the answer and why
  m1p show last --full --team team-2   all that team-2 did, in order
  m1p show last --ledgers | less       facts, plans and progress ledgers
  m1p show last --out report.csv       the answer as a file
  m1p show last --json > race.jsonl    to send: m1p replay race.jsonl plays it
`;

const REPLAY_HELP = `
Examples:
  m1p replay last --speed 10x
  m1p replay race.jsonl --from 40
  m1p show last --json | m1p replay - --speed max --plain

A file has the events with all texts in them, and not the files and folders of
the run. What is in it stands on the screen as text: nothing in it is run, and
nothing steers your terminal.
`;
