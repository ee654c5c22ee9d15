import type { Command } from "commander";
import type { EvaluateFlags } from "../commands/evaluate.ts";
import { wholeNumber } from "../flags/option-values.ts";
import type { Terminal } from "../terminal.ts";

/** The commands about how good policies are: `evaluate`. */
export function addMeasuring(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command("evaluate")
    .description("what policies would have gained, and what they would have cost, on recorded runs")
    .requiredOption("--runs <file...>", "recorded runs, one a line as JSON; several files or repeat")
    .requiredOption("--policy <name...>", "a policy (below); several or repeat")
    .option("-k, --k <number>", "how many runs start together, 1 to 4 (default: 4)", wholeNumber)
    .option("--svg <file>", "also draws accuracy against speed-up, over all cells")
    .option("--json", "the figures, with their intervals, as JSON")
    .addHelpText("after", EVALUATE_HELP)
    .action(async (flags: EvaluateFlags) =>
      exit(await (await import("../commands/evaluate.ts")).evaluateCommand(flags, terminal)),
    );
}

const EVALUATE_HELP = `
Policies:
  first-finisher   the first run that ends, answer or not
  first-answer     the first real answer: no give-up, no error
  all              waits for every run; the answer that most gave
  first-judged     the first real answer that its own model judges correct;
                   none: as all
  patient-judged   the same, but after the first real answer it waits only as
                   long again; then the real answers there are
  two-agree        the first answer that two gave; none: as all
  best-possible    waits for every run and takes a right one: what nobody can do

Parameters after a name change it, as in first-judged:patience=0.5:judge=gpt5
  need=N           waits for N answers and takes the one that most gave
  agree=N          waits for N answers that are the same
  patience=X       waits X times the first real answer's time longer, no more
  judge=WHO        self (the answer's own model) or gpt5 (gpt5_judge in FILE)

What is told, against one run of the same model on the same tasks:
  accuracy         share of right answers gained or lost
  speed-up         mean duration of one run / mean latency of the policy
  barrier          mean of the slowest run / mean duration of one: what waiting
                   for all costs
  tokens           tokens of all runs until they are stopped / tokens of one

A line of FILE has bench, model, task, score (right: 0.999 or more), duration_s
and, where they are known, prompt_tokens, output_tokens, answer_cluster (equal
numbers: equal answers), abstain, err, self_choice and gpt5_judge ("Correct",
"Wrong"). A task counts with exactly four runs, a model on a bench with ten such
tasks.

Example:
  m1p evaluate --runs runs.jsonl --policy first-answer all --json | jq .overall
`;
