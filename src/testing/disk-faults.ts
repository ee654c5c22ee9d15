import { M1Error } from "../base/errors.ts";
import type { LogStore } from "../log/log-store.ts";
import type { BlobBatch, BlobStore } from "../log/run-log.ts";
import { type LogDisk, newLogDisk, openLogDisk, SqliteLog } from "../log/sqlite-log.ts";
import { type RunStore, storeOf } from "../run/opening/run-store.ts";

/** A write of a run's log, and the moment just before or just after it. */
export interface DiskWrite {
  /** The how-manieth write of this store it is, from 1 on, whatever its kind. */
  readonly number: number;
  /**
   * `create` and `open`: of the log's file; `commit`: a transaction, durable afterwards; `blob`: one put, or a batch's
   * names made durable; `close`: the log's file alone is the whole log afterwards.
   */
  readonly kind: "create" | "open" | "commit" | "blob" | "close";
  readonly moment: "before" | "after";
}

/**
 * Told of every write when it begins and when it has ended, before anybody hears of it. What it throws, the write
 * throws.
 */
export type DiskFault = (write: DiskWrite) => void;

/** Runs kept on disk as ever, with a fault of your choice: `race({ store: diskWith(killAt(7, "before")) })`. */
export function diskWith(fault: DiskFault): RunStore {
  const disk = storeOf("disk");
  const writes = new Writes(fault);
  return {
    ...disk,
    create: (place) =>
      new SqliteLog(
        place,
        writes.through(() => newLogDisk(place), "create"),
      ),
    open: (place, access) =>
      access === "read"
        ? disk.open(place, access)
        : new SqliteLog(
            place,
            writes.through(() => openLogDisk(place), "open"),
          ),
  };
}

/** Kills this process, really (SIGKILL), just before or just after a write. */
export function killAt(number: number, moment: DiskWrite["moment"]): DiskFault {
  return (write) => {
    if (write.number === number && write.moment === moment) process.kill(process.pid, "SIGKILL");
  };
}

/** A disk that has no room for one write, or from that one on. */
export function fullAt(number: number, { andLater = false } = {}): DiskFault {
  return (write) => {
    const isMeant = write.number === number || (andLater && write.number > number);
    if (isMeant && write.moment === "before" && write.kind !== "close") throw full();
  };
}

function full(): M1Error {
  return new M1Error("log-disk", "The log cannot be written: no space left on device.", {
    hint: "This disk is full because a test wants it so.",
  });
}

/** Owns: the count of a store's writes. */
class Writes {
  readonly #fault: DiskFault;
  #count = 0;

  constructor(fault: DiskFault) {
    this.#fault = fault;
  }

  /** A log's place on the disk whose making and whose writes all come by here. */
  through(make: () => LogDisk, kind: "create" | "open"): LogDisk {
    const disk = this.#around(kind, make);
    return { ...disk, store: this.#rows(disk.store), blobs: this.#bytes(disk.blobs) };
  }

  #rows(store: LogStore): LogStore {
    return {
      transaction: (work) => this.#around("commit", () => store.transaction(work)),
      head: () => store.head(),
      version: () => store.version(),
      page: (from, limit) => store.page(from, limit),
      text: (hash) => store.text(hash),
      blob: (hash) => store.blob(hash),
      close: () => this.#around("close", () => store.close()),
    };
  }

  #bytes(blobs: BlobStore): BlobStore {
    return {
      put: (bytes) => this.#aroundAll(() => blobs.put(bytes)),
      putFile: (descriptor, signal) => this.#aroundAll(() => blobs.putFile(descriptor, signal)),
      batch: () => this.#batch(blobs.batch()),
      get: (id) => blobs.get(id),
      stream: (id) => blobs.stream(id),
      copyTo: (id, descriptor) => blobs.copyTo(id, descriptor),
    };
  }

  #batch(batch: BlobBatch): BlobBatch {
    return {
      put: (bytes) => this.#aroundAll(() => batch.put(bytes)),
      putFile: (descriptor, signal) => this.#aroundAll(() => batch.putFile(descriptor, signal)),
      commit: () => this.#aroundAll(() => batch.commit()),
      discard: () => batch.discard(),
    };
  }

  #around<Result>(kind: DiskWrite["kind"], work: () => Result): Result {
    const number = (this.#count += 1);
    this.#fault({ number, kind, moment: "before" });
    const result = work();
    this.#fault({ number, kind, moment: "after" });
    return result;
  }

  async #aroundAll<Result>(work: () => Promise<Result>): Promise<Result> {
    const number = (this.#count += 1);
    this.#fault({ number, kind: "blob", moment: "before" });
    const result = await work();
    this.#fault({ number, kind: "blob", moment: "after" });
    return result;
  }
}
