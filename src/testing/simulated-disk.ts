import { afterReadyEvents } from "../base/event-loop.ts";
import { M1Error } from "../base/errors.ts";
import type { StoredEvent } from "../log/chain.ts";
import { StoreBusy } from "../log/group-commit.ts";
import type { LogStore, LogTransaction } from "../log/log-store.ts";
import { MemoryBlobStore } from "../log/memory-blob-store.ts";
import { MemoryStore } from "../log/memory-store.ts";
import type { BlobBatch, BlobId, BlobStore, RunLog } from "../log/run-log.ts";
import { StoredLog } from "../log/stored-log.ts";
import type { MortalProcess } from "./mortal-process.ts";

/**
 * What goes wrong with one write. `refused`: the disk is full, nothing is stored. `busy`: another process
 * writes at this moment. `dies-before`: the process dies, nothing is stored. `dies-after`: it is stored, and
 * the process dies before it knows.
 */
export type SimulatedDiskFault = "refused" | "busy" | "dies-before" | "dies-after";

/** What a simulated disk tells, and which faults it has. */
export interface SimulatedDiskOptions {
  readonly runId: string;
  /** Told of every event that has become durable, in log order, and whose it is. */
  readonly onDurable?: (event: StoredEvent, writer: MortalProcess) => void;
}

/** How a process has the disk. */
export interface SimulatedDiskAccess {
  readonly process: MortalProcess;
  /** Asked before each write of the log and of a blob; undefined: it goes well. Blobs are never busy. */
  readonly fault?: () => SimulatedDiskFault | undefined;
  /** Asked before each read of events and of a blob: whether the disk refuses it. */
  readonly refusesRead?: () => boolean;
  /** Calls back when appends are to be committed. Default: as soon as all is done that is ready. */
  readonly soon?: (callback: () => void) => void;
}

/**
 * One run's log and blobs in memory, which outlive the processes that work on them.
 * Owns: what is durable. Does not own: the processes, chance.
 * Invariants: 1. a commit is stored wholly or not at all; 2. nothing of a process that has died is stored.
 */
export class SimulatedDisk {
  readonly #runId: string;
  readonly #blobs = new MemoryBlobStore();
  readonly #rows: MemoryStore;
  readonly #onDurable: NonNullable<SimulatedDiskOptions["onDurable"]>;

  constructor({ runId, onDurable = () => {} }: SimulatedDiskOptions) {
    this.#runId = runId;
    this.#rows = new MemoryStore(runId, this.#blobs);
    this.#onDurable = onDurable;
  }

  /** The rows as they are stored, for those who check them. */
  get rows(): Pick<LogStore, "page" | "head"> {
    return this.#rows;
  }

  /** The run's log as this process has it. */
  open(access: SimulatedDiskAccess): RunLog {
    const { process, soon = afterReadyEvents } = access;
    const commitSoon = (callback: () => void) => soon(() => void (process.alive && callback()));
    return new StoredLog({
      runId: this.#runId,
      clock: process.clock,
      blobs: this.#blobsOf(access),
      store: this.#storeOf(access),
      soon: commitSoon,
    });
  }

  #storeOf({ process, fault = () => undefined, refusesRead }: SimulatedDiskAccess): LogStore {
    const rows = this.#rows;
    return {
      transaction: (work) => this.#write(process, fault(), () => this.#commit(process, work)),
      head: () => rows.head(),
      version: () => rows.version(),
      page: (from, limit) => read(refusesRead, () => rows.page(from, limit)),
      text: (hash) => rows.text(hash),
      blob: (hash) => rows.blob(hash),
      close: () => {},
    };
  }

  #blobsOf({ process, fault = () => undefined, refusesRead }: SimulatedDiskAccess): BlobStore {
    const blobs = this.#blobs;
    const put = async (bytes: Uint8Array): Promise<BlobId> => {
      const found = fault();
      const stored = this.#write(process, found === "busy" ? undefined : found, () => blobs.put(bytes));
      return await process.follow(stored);
    };
    const batch = (): BlobBatch => ({
      put,
      putFile: blobs.putFile.bind(blobs),
      commit: async () => {},
      discard: () => {},
    });
    return {
      put,
      putFile: blobs.putFile.bind(blobs),
      batch,
      get: async (id) => await process.follow(read(refusesRead, () => blobs.get(id))),
      stream: (id) => blobs.stream(id),
      copyTo: (id, descriptor) => blobs.copyTo(id, descriptor),
    };
  }

  #write<Result>(process: MortalProcess, fault: SimulatedDiskFault | undefined, work: () => Result): Result {
    if (fault === "refused") throw refused("ENOSPC: no space left");
    if (fault === "busy") throw new StoreBusy(undefined);
    if (fault === "dies-before") process.die();
    if (!process.alive) throw new M1Error("process-dead", "The simulated process is dead.");
    const result = work();
    if (fault === "dies-after") process.die();
    return result;
  }

  #commit<Result>(process: MortalProcess, work: (transaction: LogTransaction) => Result): Result {
    const before = this.#rows.head().seq;
    const result = this.#rows.transaction(work);
    const added = this.#rows.head().seq - before;
    for (const event of this.#rows.page(before + 1, added)) this.#onDurable(event, process);
    return result;
  }
}

function read<Result>(refusesRead: SimulatedDiskAccess["refusesRead"], work: () => Result): Result {
  if (refusesRead?.()) throw refused("EIO: i/o error");
  return work();
}

function refused(why: string): M1Error {
  return new M1Error("log-disk", `The simulated disk refuses: ${why}.`);
}
