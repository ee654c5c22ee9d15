import type { ProgressLedger } from "../../events/ledger.ts";
import { estimateTokens } from "../../steps/prompt-size.ts";
import type { Said } from "./agent.ts";

const BRIEF = { head: 70, tail: 0 } as const;
const LONGER = { head: 160, tail: 80 } as const;

interface Numbered {
  readonly number: number;
  readonly said: Said;
}

/** What a digest lists of the messages it stands for. */
export interface DigestIndex {
  /** A line a message, oldest first. */
  readonly index: readonly string[];
  /** Those up to this number are not listed. */
  readonly unlisted: number;
}

/** A line for each message, the newest first of all, as many as `room` (in estimated tokens) has space for. */
export function indexOf(
  messages: readonly Numbered[],
  { room, brief }: { readonly room: number; readonly brief: boolean },
): DigestIndex {
  const index: string[] = [];
  let left = room;
  for (const { number, said } of messages.toReversed()) {
    const line = lineOf(number, said, brief ? BRIEF : LONGER);
    left -= estimateTokens(line);
    if (left < 0) return { index: index.reverse(), unlisted: number };
    index.push(line);
  }
  return { index: index.reverse(), unlisted: 0 };
}

function lineOf(
  number: number,
  { from, to, text, facts }: Said,
  { head, tail }: { readonly head: number; readonly tail: number },
): string {
  const who = to === undefined ? from : `${from} to ${to}`;
  const failed = facts?.["failed"] === true ? " (failed)" : "";
  const line = text
    .slice(0, 2 * (head + tail))
    .replace(/\s+/g, " ")
    .trim();
  const whole = text.length <= 2 * (head + tail) && line.length <= head + tail;
  const end = tail === 0 ? "" : text.slice(-tail).replace(/\s+/g, " ").trim();
  return `${number} ${who}${failed}: ${whole ? line : `${line.slice(0, head)}… ${end}`.toWellFormed().trim()}`;
}

/** The progress ledger's judgement in words: where the work stood. */
export function standingOf(ledger: ProgressLedger): string {
  const { is_request_satisfied, is_in_loop, is_progress_being_made } = ledger;
  return [
    said("The request was", is_request_satisfied, "dealt with", "not dealt with yet"),
    said("The work was", is_in_loop, "in a loop", "not in a loop"),
    said("There was", is_progress_being_made, "progress", "no progress"),
  ].join("\n");
}

const LONGEST_REASON = 240;

function said(
  what: string,
  { answer, reason }: { readonly answer: boolean; readonly reason: string },
  yes: string,
  no: string,
): string {
  const why = reason.trim().replace(/\s+/g, " ").slice(0, LONGEST_REASON).toWellFormed();
  return `- ${what} ${answer ? yes : no}${why === "" ? "." : `: ${why}`}`;
}
