import type { ToolResult } from "../../events/tool-call.ts";
import { extractFinalAnswer } from "../final-answer.ts";

/** Of what a command printed, as its answer: the end has what matters. */
const LONGEST_ANSWER = 4_000;
const LAST_LINES = 12;
const LONGEST_LINES = 1_500;
/** Where a line names a final answer. */
const MARKER = /^[\s>#*_`-]*final answer[*_`]*\s*:/gim;

/**
 * What a command's run says: its last `FINAL ANSWER: …`, else the end of its standard output, else which files
 * it changed. Empty where it did nothing.
 */
export function commandAnswer(result: ToolResult): string {
  const output = outputOf(result);
  // A program that tells what it does may name the words before: what counts is what it says last.
  const last = [...output.matchAll(MARKER)].at(-1);
  const named = last ? extractFinalAnswer(output.slice(last.index)) : undefined;
  return named || endOf(output, LONGEST_ANSWER) || changesOf(result);
}

/** Which files it changed, as a sentence; empty where it changed none. */
export function changesOf({ facts }: ToolResult): string {
  return typeof facts["changes"] === "string" ? facts["changes"] : "";
}

/** Why a run is no success, with its last lines; undefined where it is one. */
export function commandFailure({ text, facts }: ToolResult, name: string): string | undefined {
  const { exitCode, timedOut } = facts;
  if (exitCode === 0) return undefined;
  const how =
    timedOut === true ? "took longer than it may" : `ended with exit code ${String(exitCode)}${hint(exitCode)}`;
  const last = endOf(text.trim().split("\n").slice(-LAST_LINES).join("\n"), LONGEST_LINES);
  return last === "" ? `${name} ${how}, and printed nothing.` : `${name} ${how}. It printed last:\n${last}`;
}

/** Whether a run left everything as another had left it. */
export function isSameAs(before: ToolResult, after: ToolResult): boolean {
  return before.text === after.text && before.facts["folder"] === after.facts["folder"];
}

function hint(exitCode: ToolResult["facts"][string] | undefined): string {
  if (exitCode === 127) return " (a program of it was not found)";
  return exitCode === 126 ? " (a program of it cannot be executed)" : "";
}

/** Standard output, where complaints came apart from it. */
function outputOf({ text, facts }: ToolResult): string {
  const { output } = facts;
  return typeof output === "string" ? output : text;
}

/** The last characters, from a line's beginning where one is near. */
function endOf(text: string, length: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= length) return trimmed;
  const end = trimmed.slice(-length).toWellFormed();
  const line = end.indexOf("\n");
  return `… ${end.slice(line === -1 || line > length / 2 ? 0 : line + 1).trim()}`;
}
