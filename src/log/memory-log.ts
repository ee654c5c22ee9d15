import type { Clock } from "../base/clock.ts";
import { afterThisCode } from "../base/event-loop.ts";
import { FORMAT_VERSION } from "../events/run-event.ts";
import { emptyHead, type StoredEvent } from "./chain.ts";
import { MemoryBlobStore } from "./memory-blob-store.ts";
import type { NamedText } from "./event-codec.ts";
import type { LogStore, LogTransaction } from "./log-store.ts";
import type { LogHead } from "./run-log.ts";
import { StoredLog } from "./stored-log.ts";

/** A run log that lives as long as its process: for tests and simulations. */
export class MemoryLog extends StoredLog {
  constructor(options: { readonly runId: string; readonly clock: Clock }) {
    const blobs = new MemoryBlobStore();
    // Nothing is gained by grouping here, and a virtual clock then sees every append settled between two timers.
    super({ ...options, blobs, store: new MemoryStore(options.runId, blobs), soon: afterThisCode });
  }
}

class MemoryStore implements LogStore {
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
