import type { ProofResult, ResultTable } from "./proof.ts";

/** Under what a result came to be: without it a number is a rumour. */
export interface Circumstances {
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly minutes: number;
  readonly machine: string;
}

/** The page of a proof in `docs/results/`. */
export function pageOf(result: ProofResult, circumstances: Circumstances): string {
  const { command, commit, date, minutes, machine } = circumstances;
  const facts = [
    `- Command: \`${command}\``,
    `- Commit: ${commit}`,
    `- Date: ${date}, took ${minutes.toFixed(1)} min`,
    `- Machine: ${machine}`,
    `- Verdict: ${result.holds ? "holds" : "**does not hold**"}`,
  ].join("\n");
  return `${[`# ${result.title}`, facts, result.summary, ...result.tables.map(tableOf)].join("\n\n")}\n`;
}

function tableOf({ heading, columns, rows }: ResultTable): string {
  const lines = [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`);
  return [`## ${heading}`, lines.join("\n")].join("\n\n");
}

function cell(value: string | number): string {
  return String(value).replaceAll("|", "\\|").replaceAll("\n", " ");
}
