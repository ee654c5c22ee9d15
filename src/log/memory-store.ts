import { FORMAT_VERSION } from "../events/run-event.ts";
import { emptyHead, type StoredEvent } from "./chain.ts";
import type { NamedText } from "./event-codec.ts";
import type { LogStore, LogTransaction } from "./log-store.ts";
import type { MemoryBlobStore } from "./memory-blob-store.ts";
import type { LogHead } from "./run-log.ts";

/**
 * Owns: the rows of a run's log in memory. Does not own: the blobs that they name, what the rows mean.
 * Invariants: 1. a transaction that throws changes nothing; 2. event `n` is the n-th row.
 */
export class MemoryStore implements LogStore {
  readonly #blobs: MemoryBlobStore;
  readonly #events: StoredEvent[] = [];
  readonly #texts = new Map<string, string>();
  readonly #tokens = new Map<string, number>();
  readonly #empty: LogHead;
  #version = FORMAT_VERSION;

  constructor(runId: string, blobs: MemoryBlobStore) {
    this.#empty = emptyHead(runId);
    this.#blobs = blobs;
  }

  transaction<Result>(work: (transaction: LogTransaction) => Result): Result {
    const events: StoredEvent[] = [];
    const texts: NamedText[] = [];
    const tokens = new Map<string, number>();
    let version = this.#version;
    const result = work({
      head: () => ({ ...this.head(), time: this.#events.at(-1)?.time ?? 0 }),
      token: (scope) => tokens.get(scope) ?? this.#tokens.get(scope) ?? 0,
      setToken: (scope, token) => void tokens.set(scope, token),
      version: () => version,
      raiseVersion: (raised) => void (version = Math.max(version, raised)),
      addText: (text) => void texts.push(text),
      addEvent: (event) => void events.push(event),
    });
    for (const text of texts) this.#texts.set(text.hash, text.content);
    for (const [scope, token] of tokens) this.#tokens.set(scope, token);
    this.#events.push(...events);
    this.#version = version;
    return result;
  }

  head(): LogHead {
    const last = this.#events.at(-1);
    return last ? { seq: last.seq, hash: last.hash } : this.#empty;
  }

  version(): number {
    return this.#version;
  }

  page(from: number, limit: number): readonly StoredEvent[] {
    return this.#events.slice(from - 1, from - 1 + limit);
  }

  text(hash: string): string | undefined {
    return this.#texts.get(hash);
  }

  blob(hash: string): string | undefined {
    return this.#blobs.getNow(hash)?.toString();
  }

  close(): void {}
}
