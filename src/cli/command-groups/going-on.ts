import type { Command } from "commander";
import type { ContinueFlags, ForkFlags } from "../commands/fork.ts";
import type { ResumeFlags } from "../commands/resume.ts";
import { parseDuration } from "../words/duration.ts";
import { positive, wholeNumber } from "../flags/option-values.ts";
import type { Terminal } from "../terminal.ts";
import { DATA_DIR, JSON_LINES, PLAIN } from "./shared-options.ts";

/** The commands that go on with a run that is there: `resume`, `fork`, `continue`. */
export function addGoingOn(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command("resume")
    .description("go on with a run whose process ended: nothing that its log has is done again")
    .argument("<run>", RUN)
    .option(...DATA_DIR)
    .option(...JSON_LINES)
    .option(...PLAIN)
    .action(async (run: string, flags: ResumeFlags) =>
      exit(await (await import("../commands/resume.ts")).resumeRun(run, flags, terminal)),
    );
  const fork = program
    .command("fork")
    .description("start a new run from a place in another, which stays as it is")
    .argument("<run>", RUN)
    .optionsGroup("Where it begins:")
    .requiredOption(
      "--at <place>",
      "the step that is done anew, by its key, or the first event that is not taken, by its number",
    )
    .option("--all", "take the other teams along, cut at the same place")
    .optionsGroup("What is different from there on:")
    .option("--task <text>", "what is asked from there on")
    .option("--instruction <text>", "what the teams are told at their next turn");
  withChanges(fork)
    .addHelpText("after", FORK_HELP)
    .action(async (run: string, flags: ForkFlags) =>
      exit(await (await import("../commands/fork.ts")).forkRun(run, flags, terminal)),
    );
  const goOn = program
    .command("continue")
    .description("go on from the end of a run, as a new run, with a correction or a follow-up question")
    .argument("<run>", RUN)
    .argument("<message>", "what the team is told; it has all of its context")
    .optionsGroup("What is different from there on:")
    .option("--team <name>", "who goes on (default: the team whose answer was taken, else all)");
  withChanges(goOn)
    .addHelpText("after", CONTINUE_HELP)
    .action(async (run: string, message: string, flags: ContinueFlags) =>
      exit(await (await import("../commands/fork.ts")).continueRunCommand(run, message, flags, terminal)),
    );
}

const RUN = "its id, the beginning of it, or 'last'";

function withChanges(command: Command): Command {
  return command
    .option("-m, --model <reference>", "the teams' model from there on (default: what each had)")
    .option("--policy <name>", "first-answer, first-finisher or all (default: the other run's)")
    .option("--need <number>", "wait for this many answers instead of one", wholeNumber)
    .option("--aggregate <how>", "first, vote, llm, or llm:MODEL (default: the other run's)")
    .option("--budget-usd <amount>", "what the new run may spend", positive)
    .option("--budget-tokens <number>", "how many tokens the new run may use", wholeNumber)
    .option("--deadline <time>", "stop after this time of work, like 90s or 10m", parseDuration)
    .optionsGroup("Output:")
    .option(...JSON_LINES)
    .option(...PLAIN)
    .optionsGroup("Other:")
    .option(...DATA_DIR)
    .helpOption("-h, --help", "display help for command");
}

const FORK_HELP = `
m1p show RUN --full has the steps' keys.

Examples:
  m1p fork last --at team-2/Coder/3                      do that step anew
  m1p fork last --at team-2/Coder/3 -m openai/gpt-5.4    by another model
  m1p fork last --at 41 --all --instruction "Look at the second sheet, too."
`;

const CONTINUE_HELP = `
Examples:
  m1p continue last "And by year?"
  m1p continue 0199 "The currency is wrong: convert to euros."
`;
