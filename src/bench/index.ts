/**
 * Questions and official scorers, for benches whose numbers can be compared.
 * @module m1-parallel/bench
 */
export { scoreAssistantBench } from "./assistant-bench/score-assistant-bench.ts";
export { loadDabench, type DabenchQuestion } from "./dabench/load-dabench.ts";
export { namedValues, scoreDabench, type NamedAnswer } from "./dabench/score-dabench.ts";
export { extractFinalAnswer } from "./final-answer-line.ts";
export { scoreGaia } from "./gaia/score-gaia.ts";
export type { JsonValue } from "./python/value.ts";
export {
  evaluate,
  type CellFigures,
  type Evaluation,
  type EvaluateOptions,
  type Figures,
  type OverallFigures,
} from "./evaluate/evaluate.ts";
export { paretoPlot } from "./evaluate/pareto-plot.ts";
export { recordedRunSchema, type RecordedRun } from "./recorded/recorded-run.ts";
export type { Estimate } from "./bootstrap.ts";
export type { LeftOut } from "./evaluate/cells.ts";
