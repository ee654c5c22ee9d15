import type { ToolName } from "./tool-names.ts";

/** What a simulated team does, one thing after the other. Each thing has a mark, which names it in the log and in the world. */
export type Op =
  | { readonly op: "ask"; readonly mark: string; readonly failing: Failing; readonly long: boolean }
  | {
      readonly op: "use";
      readonly mark: string;
      readonly tool: ToolName;
      readonly subject: string;
      readonly failing: Failing;
    }
  | { readonly op: "tell"; readonly mark: string; readonly turn: number | undefined }
  | { readonly op: "listen"; readonly mark: string }
  | { readonly op: "draw"; readonly mark: string; readonly low: readonly Op[]; readonly high: readonly Op[] }
  /** Waits for nothing but other code that is ready. */
  | { readonly op: "breathe"; readonly mark: string; readonly turns: number }
  /** Branches at once, each in a fork of its own: `all` waits for all, `first` goes on with whichever is first. */
  | { readonly op: "all" | "first"; readonly mark: string; readonly branches: readonly Branch[] };

export interface Branch {
  readonly name: string;
  readonly ops: readonly Op[];
}

/** What team code does when a step fails: it goes on without, or it fails. */
export type Failing = "goes-on" | "throws";

export type End =
  /** Proposes its answer so often, working on after each rejection; with 0 it only returns it. */
  | { readonly end: "answer"; readonly answer: string; readonly proposals: number; readonly between: readonly Op[] }
  | { readonly end: "no-answer"; readonly answer: string }
  | { readonly end: "gave-up" | "turn-limit" | "throws" | "nonsense" | "hangs" };

/** From life `from` on the team does another thing at this mark than before: its program was changed. */
export interface Drift {
  readonly from: number;
  readonly mark: string;
  readonly how: "asks-otherwise" | "leaves-out" | "does-more";
}

export interface Program {
  readonly team: string;
  readonly ops: readonly Op[];
  readonly end: End;
  readonly drift: Drift | undefined;
  /** Does not heed its signal when it ends. */
  readonly deaf: boolean;
}

/** All that a program has, branches included. */
export function allOps(ops: readonly Op[]): Op[] {
  return ops.flatMap((op) => {
    if (op.op === "draw") return [op, ...allOps(op.low), ...allOps(op.high)];
    if (op.op === "all" || op.op === "first") return [op, ...op.branches.flatMap((branch) => allOps(branch.ops))];
    return [op];
  });
}

/** In words, for whoever reads a failing seed. */
export function describeProgram({ team, ops, end, drift, deaf }: Program): string {
  const words = [describeOps(ops), describeEnd(end)];
  if (drift) words.push(`from life ${drift.from} on ${drift.how} at ${drift.mark}`);
  if (deaf) words.push("deaf");
  return `${team}: ${words.join("; ")}`;
}

function describeOps(ops: readonly Op[]): string {
  return ops.map(describeOp).join(", ");
}

function describeOp(op: Op): string {
  const name = op.mark.slice(op.mark.indexOf(":") + 1);
  switch (op.op) {
    case "use":
      return `${name} ${op.tool}(${op.subject}) ${op.failing}`;
    case "ask":
      return `${name} ask ${op.failing}${op.long ? " long" : ""}`;
    case "draw":
      return `${name} draw [${describeOps(op.low)}] or [${describeOps(op.high)}]`;
    case "all":
    case "first":
      return `${name} ${op.op}(${op.branches.map(({ name, ops }) => `${name}: ${describeOps(ops)}`).join(" | ")})`;
    default:
      return `${name} ${op.op}`;
  }
}

function describeEnd(end: End): string {
  if (end.end !== "answer") return end.end;
  return `answers ${end.answer} (${end.proposals} proposals, between: ${describeOps(end.between)})`;
}
