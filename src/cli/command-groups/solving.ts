import type { Command } from "commander";
import type { SolveFlags } from "../commands/solve.ts";
import { parseDuration } from "../words/duration.ts";
import { collect, positive, temperature, wholeNumber } from "../flags/option-values.ts";
import type { Terminal } from "../terminal.ts";
import { DATA_DIR, JSON_LINES, PLAIN } from "./shared-options.ts";

/** `m1p solve`. */
export function addSolving(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  const command = program.command("solve").description("race teams on a task");
  command.argument("<task>", "what is asked, in words");
  addTeamOptions(command);
  addRaceOptions(command);
  command
    .addHelpText("after", SOLVE_HELP)
    .action(async (task: string, flags: SolveFlags) =>
      exit((await (await import("../commands/solve.ts")).solveTask(task, flags, terminal)).exitCode),
    );
}

/** What the teams are given, and which ones they are. */
function addTeamOptions(command: Command): void {
  command
    .optionsGroup("What they work on:")
    .option("-f, --file <path>", "a file for the teams; repeat for more", collect)
    .option("--workdir <path>", "a folder: every team works on a copy of it")
    .optionsGroup("Teams:")
    .option("-k, --teams <number>", "how many teams race (default: 3)", wholeNumber)
    .option("-m, --model <reference>", "the model, or several with commas: team i gets the i-th, cyclic")
    .option("--line-up <name>", "the teams that m1p.config.ts has under this name")
    .option("--max-turns <number>", "turns a team may take (default: 30)", wholeNumber)
    .option("--orchestrator <mode>", "full-ledger, short-ledger or rules (default: what the model is able to)")
    .option("--temperature <number>", "between 0 and 2", temperature)
    .option("--context-window <tokens>", "tokens the model takes, if it is not known (then: 32768)", wholeNumber)
    .option("--seed <text>", "repeat the teams' chance (seeds of models, not their answers)")
    .option("--unsafe-host-exec", "run the teams' code on this machine WITHOUT a sandbox")
    .optionsGroup("Programs as teams:")
    .option("--team <command>", "a program as a team, UNSANDBOXED, like 'codex exec {task}'; repeat for more", collect)
    .option("--repeatable", "a --team that a crash cut off may be run again without asking");
}

/** What counts as an answer and ends the race, and where all that goes. */
function addRaceOptions(command: Command): void {
  command
    .optionsGroup("Which answer is taken:")
    .option("--policy <name>", "first-answer, first-finisher or all (default: first-answer)")
    .option("--need <number>", "wait for this many answers instead of one", wholeNumber)
    .option("--aggregate <how>", "make one answer of several: first, vote, llm, or llm:MODEL (default: vote)")
    .option("--accept <command>", "only an answer after which this succeeds in the team's folder wins, like 'npm test'")
    .optionsGroup("What an answer is:")
    .option("--answer <kind>", "text, number, list, file, or file:PATH, a file that a team makes (default: text)")
    .option("--schema <file>", "the answer is JSON that meets this JSON schema (draft 2020-12, 2019-09 or 7)")
    .optionsGroup("Limits over all teams together (exit 4):")
    .option("--budget-usd <amount>", "stop when this much is spent", positive)
    .option("--budget-tokens <number>", "stop when this many tokens are used", wholeNumber)
    .option("--deadline <time>", "stop after this time, like 90s or 10m", parseDuration)
    .optionsGroup("Output:")
    .option("--out <path>", "write the answer to this file as well")
    .option(...JSON_LINES)
    .option(...PLAIN)
    .optionsGroup("Other:")
    .option(...DATA_DIR)
    .helpOption("-h, --help", "display help for command");
}

// Lines of help take 80 columns at most: nothing breaks them on a narrow screen.
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
