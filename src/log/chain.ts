import { hash } from "node:crypto";
import type { LogHead } from "./run-log.ts";

/** An event as it is stored: its place, its body's text, and the hash (lower-case hex) of the chain up to it. */
export interface StoredEvent {
  readonly seq: number;
  readonly time: number;
  readonly scope: string;
  readonly body: string;
  readonly hash: string;
}

/** What the first event of a run hangs on, so that no event can be moved to another run. */
export function emptyHead(runId: string): LogHead {
  return { seq: 0, hash: hash("sha256", `m1-parallel run log\n${runId}`) };
}

/**
 * The hash of an event: SHA-256 over three lines, the hash before it, its place as JSON, and its body
 * as stored. The first two cannot hold a line break, so no two events share their lines.
 */
export function linkHash(before: string, event: Omit<StoredEvent, "hash">): string {
  return hash("sha256", `${before}\n${JSON.stringify([event.seq, event.time, event.scope])}\n${event.body}`);
}

/** What is wrong with `event` as the successor of `before`, in words; undefined when nothing is. */
export function linkProblem(before: LogHead, event: StoredEvent): string | undefined {
  if (event.seq !== before.seq + 1) return `event ${before.seq + 1} is missing`;
  if (event.hash !== linkHash(before.hash, event)) return `event ${event.seq} does not match its hash`;
  return undefined;
}

export type ChainVerdict =
  | { readonly intact: true; readonly head: LogHead }
  | { readonly intact: false; readonly seq: number; readonly problem: string };

/**
 * Follows a run's chain from its first event. An edit, a drop or a reorder is found at the first event
 * that no longer fits; a cut at the end shows as a `head` that is not the one kept elsewhere.
 */
export function verifyChain(runId: string, events: Iterable<StoredEvent>): ChainVerdict {
  let head = emptyHead(runId);
  for (const event of events) {
    const problem = linkProblem(head, event);
    if (problem) return { intact: false, seq: head.seq + 1, problem };
    head = { seq: event.seq, hash: event.hash };
  }
  return { intact: true, head };
}
