import { declaredVersion } from "../events/upcast/upcaster.ts";
import type { LogStore } from "./log-store.ts";

/** Only an event that says the version from it on contains this piece of JSON. */
const TRACE = '"formatVersion"';
const PAGE = 256;

interface Declared {
  readonly seq: number;
  readonly version: number;
}

/**
 * Owns: which version the events of a log are in. It is said by `run-started` and, where a newer
 * m1-parallel went on with the run, by `run-resumed`; so only an older log that was resumed has several.
 */
export class EventVersions {
  readonly #store: LogStore;
  readonly #declared: Declared[] = [];
  #scannedTo = 0;

  constructor(store: LogStore) {
    this.#store = store;
  }

  /** The version that holds before event `seq` says another. */
  before(seq: number): number {
    if (this.#scannedTo === 0) this.#scan(1);
    const newest = this.#store.version();
    // It only ever rises, so once it is the newest there is nothing more to be found.
    if ((this.#declared.at(-1)?.version ?? newest) < newest) this.#scan(seq - 1);
    return this.#declared.findLast((each) => each.seq < seq)?.version ?? this.#declared[0]?.version ?? newest;
  }

  #scan(last: number): void {
    while (this.#scannedTo < last) {
      const page = this.#store.page(this.#scannedTo + 1, Math.min(PAGE, last - this.#scannedTo));
      for (const { seq, body } of page) {
        const version = body.includes(TRACE) ? declared(body) : undefined;
        if (version !== undefined) this.#declared.push({ seq, version });
        this.#scannedTo = seq;
      }
      if (page.length === 0) return;
    }
  }
}

/** Undefined also for a body that is no JSON: whoever reads that event says so. */
function declared(body: string): number | undefined {
  try {
    return declaredVersion(JSON.parse(body));
  } catch {
    return undefined;
  }
}
