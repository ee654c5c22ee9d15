import { open, writeFile } from "node:fs/promises";
import path from "node:path";
import { toError, UsageError } from "../../base/errors.ts";
import { evaluate } from "../../bench/evaluate/evaluate.ts";
import { paretoPlot } from "../../bench/evaluate/pareto-plot.ts";
import { readRecordedRuns } from "../../bench/recorded/read-runs.ts";
import type { RecordedRun } from "../../bench/recorded/recorded-run.ts";
import { runsOfRaces } from "../../bench/recorded/runs-of-races.ts";
import { evaluationText } from "../telling/evaluation-text.ts";
import { EXIT } from "../exit-codes.ts";
import { readRecordedRace } from "../replay/recorded-race.ts";
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
  const runs = await readFiles(files.map((file) => path.resolve(directory, file)));
  const evaluation = evaluate(runs, { policies: policy, ...(k === undefined ? {} : { k }) });
  if (svg !== undefined) await writePlot(path.resolve(directory, svg), paretoPlot(evaluation.overall));
  stdout.write(json ? `${JSON.stringify(evaluation)}\n` : evaluationText(evaluation, columns));
  return EXIT.answered;
}

/** Files of recorded runs, and those of races as `m1p show RUN --json` writes them. */
async function readFiles(files: readonly string[]): Promise<readonly RecordedRun[]> {
  const races: string[] = [];
  for (const file of files) if (await isRace(file)) races.push(file);
  const runs = await readRecordedRuns(files.filter((file) => !races.includes(file)));
  return [...runs, ...runsOfRaces(races.map((file) => readRecordedRace(file)))];
}

async function isRace(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4_096), 0, 4_096, 0);
    return /^\s*\{[^]*?"type":\s*"run-started"/.test(buffer.toString("utf8", 0, bytesRead));
  } catch {
    // Whatever is wrong with the file is told by who reads it.
    return false;
  } finally {
    await handle.close();
  }
}

async function writePlot(file: string, plot: string): Promise<void> {
  await writeFile(file, plot).catch((cause: unknown) => {
    throw new UsageError("plot-unwritable", `The plot cannot be written: ${toError(cause).message}`, { cause });
  });
}
