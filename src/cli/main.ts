import { Command, CommanderError } from "commander";
import { describeError, M1Error } from "../base/errors.ts";
import type { ApplyFlags } from "./commands/apply.ts";
import type { InitFlags } from "./commands/init.ts";
import type { SetupFlags } from "./commands/setup.ts";
import type { SolveFlags } from "./commands/solve.ts";
import { parseDuration } from "./words/duration.ts";
import { EXIT, exitCodeOfError } from "./exit-codes.ts";
import { addDeciding } from "./command-groups/deciding.ts";
import { addGoingOn } from "./command-groups/going-on.ts";
import { addKeptRuns } from "./command-groups/kept-runs.ts";
import { addMeasuring } from "./command-groups/measuring.ts";
import { collect, positive, temperature, wholeNumber } from "./flags/option-values.ts";
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
  addSolve(program, terminal, exit);
  addGoingOn(program, terminal, exit);
  addDeciding(program, terminal, exit);
  addKeptRuns(program, terminal, exit);
  addReaders(program, terminal, exit);
  addMeasuring(program, terminal, exit);
  return program;
}

function addSolve(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command("solve")
    .description("race teams on a task")
    .argument("<task>", "what is asked, in words")
    .option("-f, --file <path>", "a file for the teams; repeat for more", collect)
    .option("-k, --teams <number>", "how many teams race (default: 3)", wholeNumber)
    .option("-m, --model <reference>", "the model, or several with commas: team i gets the i-th, cyclic")
    .option("--line-up <name>", "the teams that m1p.config.ts has under this name")
    .option("--team <command>", "a program as a team, UNSANDBOXED, like 'codex exec {task}'; repeat for more", collect)
    .option("--repeatable", "a --team that a crash cut off may be run again without asking")
    .option("--workdir <path>", "a folder: every team works on a copy of it")
    .option("--accept <command>", "only an answer after which this succeeds in the team's folder wins, like 'npm test'")
    .option("--policy <name>", "first-answer, first-finisher or all (default: first-answer)")
    .option("--need <number>", "wait for this many answers instead of one", wholeNumber)
    .option("--aggregate <how>", "make one answer of several: first, vote, llm, or llm:MODEL (default: vote)")
    .option("--answer <kind>", "text, number, list, file, or file:PATH, a file that a team makes (default: text)")
    .option("--schema <file>", "the answer is JSON that meets this JSON schema (draft 2020-12, 2019-09 or 7)")
    .option("--out <path>", "write the answer to this file as well")
    .option("--max-turns <number>", "turns a team may take (default: 30)", wholeNumber)
    .option("--orchestrator <mode>", "full-ledger, short-ledger or rules (default: what the model is able to)")
    .option("--temperature <number>", "between 0 and 2", temperature)
    .option("--context-window <tokens>", "tokens the model takes, if it is not known (then: 32768)", wholeNumber)
    .option("--budget-usd <amount>", "stop when this much is spent, all teams together (exit 4)", positive)
    .option("--budget-tokens <number>", "stop when this many tokens are used, all teams together (exit 4)", wholeNumber)
    .option("--deadline <time>", "stop after this time, like 90s or 10m (exit 4)", parseDuration)
    .option("--seed <text>", "repeat the teams' chance (seeds of models, not their answers)")
    .option("--data-dir <path>", "where runs are kept")
    .option("--unsafe-host-exec", "run the teams' code on this machine WITHOUT a sandbox")
    .option("--json", "one event a line on standard output")
    .option("--plain", "plain lines on a terminal, too, as for screen readers")
    .addHelpText("after", SOLVE_HELP)
    .action(async (task: string, flags: SolveFlags) =>
      exit((await (await import("./commands/solve.ts")).solveTask(task, flags, terminal)).exitCode),
    );
}

function addReaders(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  const dataDir = ["--data-dir <path>", "where runs are kept"] as const;
  addWatching(program, terminal, exit);
  program
    .command("apply")
    .description("bring what the winner did into your folder, merged with what you did since")
    .argument("<run>", "its id, the beginning of it, or 'last'")
    .option(...dataDir)
    .option("--team <team>", "what this team did instead of the winner")
    .option("--to <folder>", "into this folder instead of the one that the run started from")
    .option("--json", "what was done, as JSON")
    .addHelpText("after", APPLY_HELP)
    .action(async (run: string, flags: ApplyFlags) =>
      exit(await (await import("./commands/apply.ts")).apply(run, flags, terminal)),
    );
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

// Lines of help take 80 columns at most: nothing breaks them on a narrow screen.
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

const SOLVE_HELP = `
Examples:
  m1p solve "What share of passengers survived, by class?" -f titanic.csv
  m1p solve "Find the bug in parse.py" -f parse.py -k 4 \\
    -m openai/gpt-5,anthropic/claude-sonnet-4-5
  m1p solve "Who is the tallest?" -f people.csv --schema person.json | head -1
  m1p solve "Plot sales" -f sales.csv --answer file:sales.png --out sales.png
  m1p solve "…" -k 5 --need 3 --aggregate llm:openai/gpt-5.4
  m1p solve "…" -m http://localhost:8000/v1#my-model --deadline 10m
  m1p solve "fix the failing test" --workdir . --accept 'npm test' \\
    --team 'codex exec --full-auto {task}' --team 'claude -p {task}'
  m1p solve "…" --json | jq 'select(.type == "run-finished")'

Exit codes: 0 answered, 1 internal error, 2 bad usage or configuration,
3 no team answered, 4 budget or deadline spent, 5 cancelled, 6 waits for a
person (m1p approvals).
`;
