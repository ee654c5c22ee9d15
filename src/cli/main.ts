import { Command, CommanderError } from "commander";
import { describeError, M1Error } from "../base/errors.ts";
import type { ApplyFlags } from "./commands/apply.ts";
import type { InitFlags } from "./commands/init.ts";
import type { SetupFlags } from "./commands/setup.ts";
import { EXIT, exitCodeOfError } from "./exit-codes.ts";
import { addDeciding } from "./command-groups/deciding.ts";
import { addGoingOn } from "./command-groups/going-on.ts";
import { addKeptRuns } from "./command-groups/kept-runs.ts";
import { addMeasuring } from "./command-groups/measuring.ts";
import { collect } from "./flags/option-values.ts";
import { addSolving } from "./command-groups/solving.ts";
import { addWatching } from "./command-groups/watching.ts";
import { printable } from "./words/printable.ts";
import { processTerminal, type Terminal } from "./terminal.ts";
import { ENGINE_VERSION } from "../run/engine-version.ts";

/** Runs one command line and gives its exit code. Never throws. */
export function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  return guarded(terminal, async () => {
    let exitCode: number = EXIT.answered;
    const program = build(terminal, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  });
}

/** Does `work` and tells what goes wrong as people read it. Gives the exit code; never throws. */
export async function guarded(terminal: Terminal, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    // Commander has told already, or the person asked for help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.answered : EXIT.usage;
    terminal.stderr.write(describeForPeople(error));
    return exitCodeOfError(error);
  }
}

/** What commander says of a wrong command line, as we say things. */
function asSentence(text: string): string {
  const [first = "", ...rest] = text.trimEnd().split("\n");
  const sentence = first.replace(/^error: (.)/, (_, letter: string) => `m1p: ${letter.toUpperCase()}`);
  return [`${sentence}${/[.?!)]$/.test(sentence) ? "" : "."}`, ...rest, ""].join("\n");
}

function describeForPeople(error: unknown): string {
  const hint = error instanceof M1Error && error.hint ? `\n  ${error.hint}` : "";
  const stack = error instanceof M1Error || !(error instanceof Error) ? "" : `\n${error.stack ?? ""}`;
  return printable(`m1p: ${describeError(error)}${hint}${stack}\n`);
}

/** A command's own code is loaded when it is asked for, so that a run's first request leaves sooner. */
function build(terminal: Terminal, exit: (code: number) => void): Command {
  const program = new Command("m1p")
    .description("Race several LLM agent teams on one hard task: the first real answer wins, the rest stop at once.")
    .version(ENGINE_VERSION)
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: (text, write) => write(asSentence(text)),
    })
    .exitOverride()
    .showHelpAfterError("(m1p --help shows how)")
    .addHelpText("after", PROGRAM_HELP);
  program.commandsGroup("Race:");
  addSolving(program, terminal, exit);
  addGoingOn(program, terminal, exit);
  program.commandsGroup("Look at runs:");
  addKeptRuns(program, terminal, exit);
  addWatching(program, terminal, exit);
  addApply(program, terminal, exit);
  program.commandsGroup("Answer what runs ask:");
  addDeciding(program, terminal, exit);
  program.commandsGroup("This machine, and measuring:").helpCommand(true);
  addMachine(program, terminal, exit);
  addMeasuring(program, terminal, exit);
  for (const command of program.commands) command.showHelpAfterError(`(m1p ${command.name()} --help shows how)`);
  return program;
}

function addApply(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command("apply")
    .description("bring what the winner did into your folder, merged with what you did since")
    .argument("<run>", "its id, the beginning of it, or 'last'")
    .option("--data-dir <path>", "where runs are kept")
    .option("--team <team>", "what this team did instead of the winner")
    .option("--to <folder>", "into this folder instead of the one that the run started from")
    .option("--json", "what was done, as JSON")
    .addHelpText("after", APPLY_HELP)
    .action(async (run: string, flags: ApplyFlags) =>
      exit(await (await import("./commands/apply.ts")).apply(run, flags, terminal)),
    );
}

function addMachine(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command("models")
    .description("list the models that can be used here, and which one is taken without -m")
    .action(async () => exit(await (await import("./commands/models.ts")).listModels(terminal)));
  program
    .command("setup")
    .description("fetch what is missing: the sandbox, the teams' Python, a local model; says first what it will do")
    .option("--model <name>", "this local model instead of the default one; repeat for more", collect)
    .option("--no-models", "no local model")
    .option("--for-tests", "also what the project's own tests run on")
    .action(async (flags: SetupFlags) => exit(await (await import("./commands/setup.ts")).setup(flags, terminal)));
  program
    .command("init")
    .description("write m1p.config.ts for what is on this machine, with a comment for each setting")
    .option("--force", "in place of the one that is there")
    .action(async (flags: InitFlags) => exit(await (await import("./commands/init.ts")).init(flags, terminal)));
  program
    .command("doctor")
    .description("check this machine, and show the configuration that holds and where it comes from")
    .action(async () => exit(await (await import("./commands/doctor.ts")).doctor(terminal)));
}

const PROGRAM_HELP = `
Examples:
  m1p setup                          fetch what is missing, once
  m1p solve "Which month sold most?" -f sales.csv
  m1p show last                      what came of the newest; --full: all of it
  m1p replay last --speed 4x         watch it again
  m1p runs --json | jq -r .runId

Environment: M1P_MODEL (the model without -m), M1P_DATA_DIR (runs),
M1P_CACHE_DIR (weights, Python), M1P_PYTHON (the Python that setup starts from),
M1P_PLAIN (plain lines on a terminal), M1P_KEY_HOST_PORT (a key for an endpoint
of your own). m1p.config.ts in the current folder sets defaults, agents, tools
and line-ups (m1p init writes one); flags and environment win over it.
`;

const APPLY_HELP = `
Conflicts are left as git leaves them: marked in the files and, in a git
repository, unmerged in the index (git status). Files with changes of yours that
are not committed are never merged over: all are named, and nothing is applied.

Exit codes: 0 applied, 2 not applied and why, 7 applied with conflicts that you
have to settle.
`;
