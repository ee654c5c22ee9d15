/** A row of a Markdown table. */
export function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim()).join(" | ")} |`;
}

/** The line below its first row. */
export function markdownRule(columns: number): string {
  return `|${" --- |".repeat(columns)}`;
}
