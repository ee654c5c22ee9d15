import { widthOf } from "../../src/cli/lanes/fit-text.ts";
import type { ScreenLine, Tone } from "../../src/cli/lanes/screen-line.ts";

/** A screen at a moment; with several, the picture shows one after the other. */
export interface Screen {
  readonly lines: readonly ScreenLine[];
  /** Seconds that it stands. */
  readonly seconds: number;
}

const COLUMN = 8;
const ROW = 18;
const MARGIN = 14;

/** A terminal's basic colours as themes have them on a light and on a dark background. */
const LIGHT = { back: "#ffffff", text: "#1f2328", good: "#116329", bad: "#cf222e", asks: "#8250df", edge: "#d1d9e0" };
const DARK = { back: "#0d1117", text: "#e6edf3", good: "#3fb950", bad: "#ff7b72", asks: "#d2a8ff", edge: "#3d444d" };

/** Screens of lines, drawn as a terminal draws them, for light and dark pages alike. */
export function screenSvg(screens: readonly Screen[], columns: number, label: string): string {
  const rows = Math.max(...screens.map(({ lines }) => lines.length));
  const [width, height] = [columns * COLUMN + 2 * MARGIN, rows * ROW + 2 * MARGIN];
  const seconds = screens.reduce((sum, screen) => sum + screen.seconds, 0);
  let from = 0;
  const groups = screens.map(({ lines, seconds: stands }, index) => {
    const shown = lines.map((line, row) => textOf(line, row)).join("\n");
    const isAlone = screens.length === 1;
    const style = isAlone ? "" : ` class="frame" style="animation-name:f${index}"`;
    const keys = isAlone ? "" : keyframes(index, from / seconds, (from + stands) / seconds);
    from += stands;
    return { group: `<g${style}>\n${shown}\n</g>`, keys };
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" xml:space="preserve" role="img" aria-label="${escape(label)}">`,
    `<style>${styles(LIGHT)} .strong, .win { font-weight: 700 } .faint { opacity: .6 }`,
    `.frame { visibility: hidden; animation-duration: ${seconds}s; animation-iteration-count: infinite; animation-timing-function: step-end }`,
    ...groups.map(({ keys }) => keys),
    `@media (prefers-color-scheme: dark) { ${styles(DARK)} }`,
    // Who wants no motion sees the end, as do viewers that have none.
    ".frame:last-of-type { visibility: visible }",
    "@media (prefers-reduced-motion: reduce) { .frame { animation: none !important } }</style>",
    `<rect class="back" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...groups.map(({ group }) => group),
    "</svg>",
    "",
  ].join("\n");
}

function styles({ back, text, good, bad, asks, edge }: typeof LIGHT): string {
  return (
    `text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 13px; fill: ${text}; white-space: pre } ` +
    `.back { fill: ${back}; stroke: ${edge} } .good, .win { fill: ${good} } .bad { fill: ${bad} } .asks { fill: ${asks} }`
  );
}

function keyframes(index: number, from: number, to: number): string {
  const percent = (part: number) => `${(part * 100).toFixed(3)}%`;
  const before = from === 0 ? "" : "0% { visibility: hidden } ";
  const after = to >= 1 ? "" : `${percent(to)} { visibility: hidden }`;
  return `@keyframes f${index} { ${before}${percent(from)} { visibility: visible } ${after} }`;
}

/** Each piece has its place and its width, so that any font keeps the columns. */
function textOf(line: ScreenLine, row: number): string {
  const y = MARGIN + row * ROW + 13;
  let column = 0;
  return line
    .map(({ text, tone }) => {
      const [at, columns] = [column, widthOf(text)];
      column += columns;
      if (text.trim() === "") return "";
      const blanks = text.length - text.trimStart().length;
      const shown = text.trim();
      const x = MARGIN + (at + blanks) * COLUMN;
      return `<text${classOf(tone)} x="${x}" y="${y}" textLength="${widthOf(shown) * COLUMN}" lengthAdjust="spacingAndGlyphs">${escape(shown)}</text>`;
    })
    .join("");
}

function classOf(tone: Tone): string {
  return tone === "plain" ? "" : ` class="${tone}"`;
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
