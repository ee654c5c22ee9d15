import { counted } from "../../base/counted.ts";
import type { Estimate } from "../../bench/bootstrap.ts";
import type { CellFigures, Evaluation, Figures, OverallFigures } from "../../bench/evaluate/evaluate.ts";
import { oneLine } from "../words/printable.ts";

const NARROW = 80;
const WIDE = 120;
/** What the names of policies take on a narrow screen at the most. */
const NAME_WIDTH = 14;

const FOOTNOTE = `In parentheses: 95% intervals, by bootstrap over tasks. Over cells: means, of
speed-ups the geometric.
`;

interface Column {
  readonly title: string;
  readonly of: (figures: Figures) => string;
}

/**
 * An evaluation as people read it: a table over all cells, then one a cell. A wide screen shows the intervals of all
 * figures, a narrow one those of accuracy and speed-up.
 */
export function evaluationText({ overall, cells, leftOut }: Evaluation, columns = NARROW): string {
  const width = Math.max(0, ...overall.map(({ policy }) => policy.length));
  const table = tableWriter(width, columns >= WIDE);
  const [first] = overall;
  const teams = first?.k === 1 ? "1 run a task" : `${first?.k ?? 0} runs at once`;
  const head = `Over ${counted(first?.cells ?? 0, "cell")} (${first?.tasks ?? 0} tasks), ${teams}, against one run`;
  const byCell = Map.groupBy(cells, ({ bench, model }) => `${oneLine(bench)}, ${oneLine(model)}`);
  return [
    `${head}:\n${table(overall)}`,
    ...[...byCell].map(([name, figures]) => `${name}: ${cellFacts(figures)}\n${table(figures)}`),
    leftOutText(leftOut),
    FOOTNOTE,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function cellFacts([figures]: readonly CellFigures[]): string {
  if (!figures) return "";
  const right = 100 * figures.singleAccuracy.value;
  return `${figures.tasks} tasks, ${Number.isFinite(right) ? `one run right ${right.toFixed(1)}%` : "not scored"}`;
}

function tableWriter(width: number, wide: boolean): (rows: readonly (CellFigures | OverallFigures)[]) => string {
  const plain = (estimate: Estimate) => times(estimate.value);
  const columns: readonly Column[] = [
    { title: "accuracy, points", of: ({ accuracyChange }) => withInterval(accuracyChange, points) },
    { title: "speed-up", of: ({ speedup }) => withInterval(speedup, times) },
    { title: "barrier", of: ({ barrier }) => (wide ? withInterval(barrier, times) : plain(barrier)) },
    { title: "tokens", of: ({ tokenCost }) => (wide ? withInterval(tokenCost, times) : plain(tokenCost)) },
  ];
  const widths = [22, 20, wide ? 20 : 7, wide ? 20 : 6];
  // A long name stands above its figures where there is no room beside them.
  const indent = wide ? width : Math.min(width, NAME_WIDTH);
  const line = (name: string, texts: readonly string[]) => {
    const figures = texts.map((text, index) => text.padEnd(widths[index] ?? 0)).join("  ");
    const start = name.length <= indent ? `  ${name.padEnd(indent)}` : `  ${name}\n  ${" ".repeat(indent)}`;
    return `${start}  ${figures}`.trimEnd();
  };
  return (rows) =>
    [
      line(
        "",
        columns.map(({ title }) => title),
      ),
      ...rows.map((row) =>
        line(
          row.policy,
          columns.map(({ of }) => of(row)),
        ),
      ),
    ].join("\n");
}

function withInterval({ value, low, high }: Estimate, text: (value: number) => string): string {
  if (!Number.isFinite(value)) return "-";
  return `${text(value)} (${text(low).replace("x", "")} to ${text(high).replace("x", "")})`;
}

function points(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const text = (100 * value).toFixed(1);
  return value > 0 && text !== "0.0" ? `+${text}` : text.replace(/^-(?=0\.0$)/, "");
}

function times(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(2)}x` : "-";
}

function leftOutText({ runsWithoutDuration, tasksWithoutFourRuns, cells }: Evaluation["leftOut"]): string {
  const parts = [
    ...(runsWithoutDuration > 0 ? [`${counted(runsWithoutDuration, "run")} without a duration`] : []),
    ...(tasksWithoutFourRuns > 0 ? [`${counted(tasksWithoutFourRuns, "task")} without exactly four runs`] : []),
    ...cells.map(oneLine),
  ];
  return parts.length === 0 ? "" : ["Left out:", ...parts.map((part) => `  ${part}`)].join("\n");
}
