import { writeFile } from "node:fs/promises";
import path from "node:path";
import { toError, UsageError } from "../../base/errors.ts";
import { evaluate } from "../../bench/evaluate/evaluate.ts";
import { paretoPlot } from "../../bench/evaluate/pareto-plot.ts";
import { readRecordedRuns } from "../../bench/recorded/read-runs.ts";
import { evaluationText } from "../evaluation-text.ts";
import { EXIT } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

export interface EvaluateFlags {
  readonly runs: readonly string[];
  readonly policy: readonly string[];
  readonly k?: number;
  readonly json?: true;
  readonly svg?: string;
}

/** `m1p evaluate`: what policies would have given on recorded runs. */
export async function evaluateCommand(
  { runs: files, policy, k, json, svg }: EvaluateFlags,
  { stdout, columns, directory }: Terminal,
): Promise<number> {
  const twice = policy.find((name, index) => policy.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError("policy-twice", `The policy "${twice}" is named twice.`);
  const runs = await readRecordedRuns(files.map((file) => path.resolve(directory, file)));
  const evaluation = evaluate(runs, { policies: policy, ...(k === undefined ? {} : { k }) });
  if (svg !== undefined) await writePlot(path.resolve(directory, svg), paretoPlot(evaluation.overall));
  stdout.write(json ? `${JSON.stringify(evaluation)}\n` : evaluationText(evaluation, columns));
  return EXIT.answered;
}

async function writePlot(file: string, plot: string): Promise<void> {
  await writeFile(file, plot).catch((cause: unknown) => {
    throw new UsageError("plot-unwritable", `The plot cannot be written: ${toError(cause).message}`, { cause });
  });
}
