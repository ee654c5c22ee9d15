import type { OverallFigures } from "./evaluate.ts";

const WIDTH = 800;
const HEIGHT = 480;
const LEFT = 76;
const RIGHT = 36;
const TOP = 64;
const BOTTOM = 60;
const LINE = 16;

// Read in light and dark surroundings.
const STYLE = `<style>
  text { font: 13px system-ui, "Segoe UI", sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 } .note { fill: #59636e } .best { font-weight: 600 }
  .grid { stroke: #d1d9e0 } .zero { stroke: #8c959f; stroke-dasharray: 4 3 } .interval { stroke: #8c959f }
  .point { fill: #8c959f } .point.best { fill: #0969da } .frontier { stroke: #0969da; stroke-width: 1.5; fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 } .grid { stroke: #3d444d } .zero, .interval { stroke: #656c76 }
    .point { fill: #656c76 } .point.best { fill: #4493f8 } .frontier { stroke: #4493f8 }
  }
</style>`;

interface Scale {
  readonly place: (value: number) => number;
  readonly marks: readonly number[];
}

/**
 * What each policy gains in accuracy against what it gains in speed, over all cells, as an SVG picture: points with
 * their 95% intervals, joined where no other policy is better in both. Speed-up is on a logarithmic scale.
 */
export function paretoPlot(overall: readonly OverallFigures[]): string {
  const best = frontier(overall);
  const x = logarithmic(overall.flatMap(({ speedup }) => [speedup.low, speedup.high]));
  const y = linear(overall.flatMap(({ accuracyChange }) => [accuracyChange.low, accuracyChange.high]));
  const [first] = overall;
  const under = `k=${first?.k ?? 0}, ${first?.cells ?? 0} cells, ${first?.tasks ?? 0} tasks; bars are 95% intervals, the line joins what no other policy beats in both`;
  const joined = best.map((each) => `${at(x.place(each.speedup.value))},${at(y.place(each.accuracyChange.value))}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Accuracy gained against speed-up, by policy">`,
    STYLE,
    `<text class="title" x="${LEFT}" y="24">Accuracy gained and speed-up against one run</text>`,
    `<text class="note" x="${LEFT}" y="44">${under}</text>`,
    ...axes(x, y),
    `<polyline class="frontier" points="${joined.join(" ")}"/>`,
    ...overall.map((figures) => point(figures, x, y, best.includes(figures))),
    ...labels(overall, x, y, best),
    "</svg>",
    "",
  ].join("\n");
}

/** The policies that no other beats in both figures, the fastest last. */
function frontier(overall: readonly OverallFigures[]): readonly OverallFigures[] {
  const beats = (one: OverallFigures, other: OverallFigures) =>
    one.speedup.value >= other.speedup.value &&
    one.accuracyChange.value >= other.accuracyChange.value &&
    (one.speedup.value > other.speedup.value || one.accuracyChange.value > other.accuracyChange.value);
  return overall
    .filter((each) => !overall.some((other) => beats(other, each)))
    .toSorted((one, other) => one.speedup.value - other.speedup.value);
}

function axes(x: Scale, y: Scale): string[] {
  const [bottom, right] = [HEIGHT - BOTTOM, WIDTH - RIGHT];
  return [
    ...x.marks.map(
      (mark) =>
        `<line class="${mark === 1 ? "zero" : "grid"}" x1="${at(x.place(mark))}" x2="${at(x.place(mark))}" y1="${TOP}" y2="${bottom}"/>` +
        `<text class="note" x="${at(x.place(mark))}" y="${bottom + 18}" text-anchor="middle">${mark}x</text>`,
    ),
    ...y.marks.map(
      (mark) =>
        `<line class="${mark === 0 ? "zero" : "grid"}" x1="${LEFT}" x2="${right}" y1="${at(y.place(mark))}" y2="${at(y.place(mark))}"/>` +
        `<text class="note" x="${LEFT - 8}" y="${at(y.place(mark) + 4)}" text-anchor="end">${signed(mark)}</text>`,
    ),
    `<text class="note" x="${(LEFT + right) / 2}" y="${bottom + 42}" text-anchor="middle">speed-up (mean duration of one run / mean latency)</text>`,
    `<text class="note" transform="translate(20 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">accuracy, points</text>`,
  ];
}

function point({ speedup, accuracyChange }: OverallFigures, x: Scale, y: Scale, isBest: boolean): string {
  const [cx, cy] = [at(x.place(speedup.value)), at(y.place(accuracyChange.value))];
  const across = `<line class="interval" x1="${at(x.place(speedup.low))}" x2="${at(x.place(speedup.high))}" y1="${cy}" y2="${cy}"/>`;
  const down = `<line class="interval" x1="${cx}" x2="${cx}" y1="${at(y.place(accuracyChange.low))}" y2="${at(y.place(accuracyChange.high))}"/>`;
  return `${across}${down}<circle class="point${isBest ? " best" : ""}" cx="${cx}" cy="${cy}" r="5"/>`;
}

/** Names beside their points, moved down where one would stand on another. */
function labels(overall: readonly OverallFigures[], x: Scale, y: Scale, best: readonly OverallFigures[]): string[] {
  const placed: { readonly from: number; readonly to: number; readonly y: number }[] = [];
  const ordered = overall.toSorted((one, other) => other.accuracyChange.value - one.accuracyChange.value);
  return ordered.map((figures) => {
    const width = figures.policy.length * 7;
    const beside = x.place(figures.speedup.value) + 9;
    const from = Math.min(beside, WIDTH - 4 - width);
    let line = y.place(figures.accuracyChange.value) - 7;
    const meets = () =>
      placed.some((other) => Math.abs(other.y - line) < LINE && other.from < from + width && from < other.to);
    while (meets()) line += 2;
    placed.push({ from, to: from + width, y: line });
    const isBest = best.includes(figures) ? ' class="best"' : "";
    return `<text${isBest} x="${at(from)}" y="${at(line)}">${escaped(figures.policy)}</text>`;
  });
}

function logarithmic(values: readonly number[]): Scale {
  const known = [...values.filter((value) => Number.isFinite(value) && value > 0), 1];
  const [low, high] = [Math.log(Math.min(...known) * 0.92), Math.log(Math.max(...known) * 1.12)];
  const place = (value: number) => LEFT + ((Math.log(value) - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const marks = [0.1, 0.2, 0.33, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10, 20];
  return { place, marks: marks.filter((mark) => Math.log(mark) >= low && Math.log(mark) <= high) };
}

function linear(values: readonly number[]): Scale {
  const known = [...values.filter((value) => Number.isFinite(value)), 0];
  const [low, high] = [Math.min(...known) - 0.01, Math.max(...known) + 0.01];
  const place = (value: number) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((each) => (high - low) / each <= 10) ?? 1;
  const lowest = Math.ceil(low / step);
  const count = Math.floor(high / step) - lowest + 1;
  return { place, marks: Array.from({ length: count }, (_, index) => (lowest + index) * step) };
}

function signed(share: number): string {
  const points = Math.round(100 * share);
  return points > 0 ? `+${points}` : String(points);
}

function at(place: number): string {
  return String(Math.round(place * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
