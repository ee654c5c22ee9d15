import { Command, CommanderError } from "commander";
import { describeError, M1Error } from "../base/errors.ts";
import { EXIT, exitCodeOfError } from "./exit-codes.ts";
import { addApplying } from "./command-groups/applying.ts";
import { addMachine } from "./command-groups/machine.ts";
import { addDeciding } from "./command-groups/deciding.ts";
import { addGoingOn } from "./command-groups/going-on.ts";
import { addKeptRuns } from "./command-groups/kept-runs.ts";
import { addMeasuring } from "./command-groups/measuring.ts";
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
  addApplying(program, terminal, exit);
  program.commandsGroup("Answer what runs ask:");
  addDeciding(program, terminal, exit);
  program.commandsGroup("This machine, and measuring:").helpCommand(true);
  addMachine(program, terminal, exit);
  addMeasuring(program, terminal, exit);
  for (const command of program.commands) command.showHelpAfterError(`(m1p ${command.name()} --help shows how)`);
  return program;
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
