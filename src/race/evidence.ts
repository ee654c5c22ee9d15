import { counted } from "../base/counted.ts";
import type { EvidenceStep } from "../events/verdict.ts";
import type { EventOf } from "../events/run-event.ts";
import type { ToolStep } from "../events/tool-call.ts";

/** Of each kind the newest is kept, and what is under way: a team's answer rests on what it saw last. */
const MOST_KEPT = 6;
const LONGEST_WHAT = 200;
const LONGEST_EXCERPT = 400;

/** A step that a team's answer may rest on; without an excerpt, it is under way. */
export type Evidence = Omit<EvidenceStep, "excerpt"> & { readonly excerpt: string | undefined };

/** A team's evidence once it has begun to call a tool. */
export function withBegun(evidence: readonly Evidence[], key: string, step: ToolStep): readonly Evidence[] {
  const kind = kindOf(step);
  return [...evidence.slice(1 - MOST_KEPT), { key, kind, what: whatOf(step), excerpt: undefined }];
}

/** A team's evidence once a call has ended: one that failed is none, and of its kind it is the newest. */
export function withFinished(evidence: readonly Evidence[], event: EventOf<"step-finished">): readonly Evidence[] {
  const begun = evidence.find(({ key }) => key === event.key);
  if (!begun) return evidence;
  const others = evidence.filter(({ key }) => key !== event.key);
  const text = event.result?.text.trim() ?? "";
  if (event.status !== "succeeded" || event.staged === true || text === "") return others;
  const rest = others.filter(({ kind, excerpt }) => kind !== begun.kind || excerpt === undefined);
  return [...rest, { ...begun, excerpt: tailOf(text) }];
}

/** What there is to show, newest first. */
export function shown(evidence: readonly Evidence[]): EvidenceStep[] {
  return evidence.flatMap((step) => (step.excerpt === undefined ? [] : [{ ...step, excerpt: step.excerpt }])).reverse();
}

function kindOf({ tool, arguments: { code, path, url } }: ToolStep): EvidenceStep["kind"] {
  if (tool === "command" || typeof code === "string") return "program";
  if (typeof url === "string" || /page|browser|fetch|search|visit/.test(tool)) return "page";
  return typeof path === "string" || tool.includes("file") ? "file" : "tool";
}

function whatOf({ tool, arguments: args }: ToolStep): string {
  const { code, language } = args;
  if (typeof code === "string") {
    const lines = code.trimEnd().split("\n").length;
    return `${counted(lines, "line")} of ${typeof language === "string" ? language : "code"}`;
  }
  const named = ["command", "path", "url", "query"]
    .map((name) => args[name])
    .find((value) => typeof value === "string");
  return (named ?? tool).slice(0, LONGEST_WHAT);
}

/** The end of what was printed has what matters. */
function tailOf(text: string): string {
  return text.length <= LONGEST_EXCERPT ? text : `…${text.slice(-LONGEST_EXCERPT).toWellFormed()}`;
}
