import type { Clock } from "../base/clock.ts";
import { M1Error, describeError } from "../base/errors.ts";
import { FORMAT_VERSION, type LoggedEvent, type RunEvent, type Scope } from "../events/run-event.ts";
import { declaredVersion, Upcaster } from "../events/upcast/upcaster.ts";
import { emptyHead, linkHash, linkProblem, type StoredEvent } from "./chain.ts";
import { decodeEvent, encodeEvent, type EncodedEvent, type NamedText } from "./event-codec.ts";
import { TextReader } from "./text-reader.ts";
import { EventVersions } from "./event-versions.ts";
import { EventClock } from "./event-clock.ts";
import { GroupCommit, type CommitJob } from "./group-commit.ts";
import type { LogStore, LogTransaction } from "./log-store.ts";
import { LogFenced, type BlobStore, type LogHead, type RunLog, type ScopeWriter } from "./run-log.ts";
import { AppendOrder } from "./append-order.ts";

/** Reading fetches ever larger pages, so that one event costs one row and many cost few queries. */
const LARGEST_PAGE = 256;

interface AppendJob extends CommitJob {
  readonly kind: "append";
  readonly scope: Scope;
  readonly token: number;
  readonly events: readonly EncodedEvent[];
  /** The failure of one that it stands behind. */
  readonly failedBefore: () => { readonly failure: unknown } | undefined;
  resolve(events: readonly LoggedEvent[]): void;
}

interface AcquireJob extends CommitJob {
  readonly kind: "acquire";
  readonly scope: Scope;
  resolve(token: number): void;
}

/** What a transaction made of one job, to be told once it is durable. */
interface Settlement {
  readonly logged: readonly LoggedEvent[];
  settle(): void;
}

interface Subscription {
  readonly listener: (event: LoggedEvent) => void;
  /** The newest event that was there before it. */
  readonly after: number;
}

export interface StoredLogOptions {
  readonly runId: string;
  readonly clock: Clock;
  readonly store: LogStore;
  readonly blobs: BlobStore;
  /** Calls back when the appends that wait are to be committed. */
  readonly soon: (callback: () => void) => void;
  /** Why the store has not all of the log; reading throws it as damage after the last event that is there. */
  readonly cutShort?: string | undefined;
}

/**
 * Owns: a run's appends from the call to the commit, fencing, the chain, and the listeners.
 * Does not own: rows (the store) and bytes (the blobs).
 * Invariants: 1. an append is stored wholly or not at all, behind all appends of its writer before it, and
 * not where one of them was not;
 * 2. an append is stored only under its scope's newest token; 3. each event's hash covers the one
 * before it, whichever process wrote that, and its time is not before that one's; 4. listeners hear every event once,
 * in log order, after it is durable; those of another process come with this one's next commit.
 */
export class StoredLog implements RunLog {
  readonly runId: string;
  readonly blobs: BlobStore;
  readonly #clock: EventClock;
  readonly #store: LogStore;
  readonly #versions: EventVersions;
  readonly #cutShort: string | undefined;
  readonly #commits: GroupCommit<AppendJob | AcquireJob>;
  readonly #orders: AppendOrder[] = [];
  readonly #subscriptions = new Set<Subscription>();
  /** The newest event that subscriptions have been told of. */
  #told = 0;
  #closed: Promise<void> | undefined;

  constructor(options: StoredLogOptions) {
    this.runId = options.runId;
    this.blobs = options.blobs;
    this.#clock = new EventClock(options.clock);
    this.#store = options.store;
    this.#cutShort = options.cutShort;
    this.#versions = new EventVersions(options.store);
    this.#commits = new GroupCommit({
      clock: options.clock,
      soon: options.soon,
      commit: (batch) => this.#commit(batch),
    });
  }

  async acquire(scope: Scope): Promise<ScopeWriter> {
    this.#assertOpen();
    const token = await new Promise<number>((resolve, reject) =>
      this.#commits.add({ kind: "acquire", weight: 1, scope, resolve, reject }),
    );
    const order = new AppendOrder();
    this.#orders.push(order);
    return { scope, append: (events) => this.#append(scope, token, order, events) };
  }

  *read(from = 1): Generator<LoggedEvent, void, undefined> {
    this.#assertOpen();
    yield* this.#follow(from);
  }

  *#follow(from: number): Generator<LoggedEvent, void, undefined> {
    let head = from > 1 ? this.#headBefore(from) : emptyHead(this.runId);
    const upcaster = new Upcaster(`The log of run ${this.runId}`, this.#versionBefore(from));
    const texts = new TextReader(this.#store);
    for (let limit = 1; head;) {
      const page = this.#page(head.seq + 1, limit);
      for (const stored of page ?? []) {
        const problem = linkProblem(head, stored);
        if (problem) throw this.#damaged(head.seq + 1, problem);
        yield this.#decode(stored, texts, upcaster);
        head = stored;
      }
      if (page && page.length < limit) return this.#assertEnd(head.seq);
      limit = page ? Math.min(limit * 2, LARGEST_PAGE) : 1;
    }
  }

  #versionBefore(seq: number): number {
    // The first event says its own, if any does.
    if (seq <= 1) return this.#store.version();
    try {
      return this.#versions.before(seq);
    } catch (error) {
      throw isDamage(error) ? this.#damaged(seq, "the version it is in cannot be found out", error) : error;
    }
  }

  /** Undefined where one of several events is damaged, and fewer are to be asked for. */
  #page(from: number, limit: number): readonly StoredEvent[] | undefined {
    try {
      return this.#store.page(from, limit);
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (limit > 1) return undefined;
      throw this.#damaged(from, describeError(error), error);
    }
  }

  /** A damaged file may seem to end before it does. */
  #assertEnd(last: number): void {
    const next = last + 1;
    if (this.#cutShort !== undefined) throw this.#damaged(next, this.#cutShort);
    try {
      if (this.#store.head().seq <= last || this.#store.page(next, 1).length > 0) return;
    } catch (error) {
      throw isDamage(error) ? this.#damaged(next, describeError(error), error) : error;
    }
    throw this.#damaged(next, `event ${next} is missing`);
  }

  subscribe(listener: (event: LoggedEvent) => void): () => void {
    const subscription = { listener, after: this.head().seq };
    if (this.#subscriptions.size === 0) this.#told = Math.max(this.#told, subscription.after);
    this.#subscriptions.add(subscription);
    return () => void this.#subscriptions.delete(subscription);
  }

  head(): LogHead {
    this.#assertOpen();
    return this.#store.head();
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    await Promise.all(this.#orders.map((order) => order.idle()));
    await this.#commits.idle();
    this.#subscriptions.clear();
    this.#store.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new M1Error("log-closed", `The log of run ${this.runId} has been closed.`);
  }

  async #append(
    scope: Scope,
    token: number,
    order: AppendOrder,
    events: readonly RunEvent[],
  ): Promise<readonly LoggedEvent[]> {
    this.#assertOpen();
    const encoded = events.map(encodeEvent);
    const blobs = encoded.flatMap((event) => event.blobs);
    return new Promise((resolve, rejectAppend) => {
      const weight = weightOf(encoded);
      const failedBefore = order.begin();
      const reject = (error: unknown) => {
        order.fail(error);
        rejectAppend(error);
      };
      const job: AppendJob = { kind: "append", weight, scope, token, events: encoded, failedBefore, resolve, reject };
      const storeBlobs = blobs.length > 0 ? () => this.#storeBlobs(blobs) : undefined;
      order.run(storeBlobs, () => this.#commits.add(job), reject);
    });
  }

  async #storeBlobs(blobs: readonly NamedText[]): Promise<void> {
    await Promise.all(blobs.map((blob) => this.blobs.put(Buffer.from(blob.content))));
  }

  #commit(batch: readonly (AppendJob | AcquireJob)[]): void {
    const { before, settlements } = this.#store.transaction((transaction) => {
      const newest = transaction.head();
      const time = this.#clock.after(newest.time);
      let head: LogHead = newest;
      const results = batch.map((job) => {
        if (job.kind === "acquire") return takeToken(transaction, job);
        const before = job.failedBefore();
        if (before) return refuse(job, before.failure);
        if (transaction.token(job.scope) !== job.token) return refuse(job, new LogFenced(job.scope));
        if (!takeUpVersion(transaction, job)) return refuse(job, olderLog(this.runId));
        head = addEvents(transaction, head, time, job);
        return accept(job, time, head.seq - job.events.length);
      });
      return { before: newest.seq, settlements: results };
    });
    for (const settlement of settlements) settlement.settle();
    this.#tell(
      before,
      settlements.flatMap((settlement) => settlement.logged),
    );
  }

  #tell(before: number, events: readonly LoggedEvent[]): void {
    if (this.#subscriptions.size > 0 && before > this.#told) this.#tellForeign(before);
    this.#told = events.at(-1)?.seq ?? Math.max(before, this.#told);
    for (const event of events) this.#deliver(event);
  }

  #tellForeign(last: number): void {
    try {
      for (const event of this.#follow(this.#told + 1)) {
        if (event.seq > last) return;
        this.#deliver(event);
      }
    } catch (error) {
      warn(error);
    }
  }

  #deliver(event: LoggedEvent): void {
    for (const subscription of this.#subscriptions) {
      if (event.seq <= subscription.after) continue;
      try {
        subscription.listener(event);
      } catch (error) {
        warn(error);
      }
    }
  }

  /** The place before event `from`; undefined when the log does not reach that far. */
  #headBefore(from: number): LogHead | undefined {
    const [stored] = this.#store.page(from - 1, 1);
    if (stored && stored.seq !== from - 1) throw this.#damaged(from - 1, `event ${from - 1} is missing`);
    return stored;
  }

  #decode({ seq, time, scope, body }: StoredEvent, texts: TextReader, upcaster: Upcaster): LoggedEvent {
    try {
      return Object.assign(decodeEvent(body, texts, upcaster), place(seq, time, scope));
    } catch (cause) {
      if (cause instanceof M1Error && NO_DAMAGE.has(cause.code)) throw cause;
      throw this.#damaged(seq, describeError(cause), cause);
    }
  }

  #damaged(seq: number, problem: string, cause?: unknown): M1Error {
    const what = problem.replace(/\.$/, "");
    return new M1Error("log-damaged", `The log of run ${this.runId} is damaged at event ${seq}: ${what}.`, {
      cause,
      hint: "Restore the run's folder from a copy; the events before this one can still be read.",
    });
  }
}

/** Why an event cannot be read though nothing is wrong with it. */
const NO_DAMAGE: ReadonlySet<string> = new Set(["log-newer", "log-closed"]);

function isDamage(error: unknown): boolean {
  return error instanceof M1Error && error.code === "log-damaged";
}

/** The events, and one more for each 16 Ki characters of their texts (measured: 64 of that are 6 ms). */
function weightOf(events: readonly EncodedEvent[]): number {
  const characters = events.flatMap((event) => event.texts).reduce((sum, text) => sum + text.content.length, 0);
  return events.length + Math.floor(characters / 16_384);
}

function takeToken(transaction: LogTransaction, job: AcquireJob): Settlement {
  const token = transaction.token(job.scope) + 1;
  transaction.setToken(job.scope, token);
  return { logged: [], settle: () => job.resolve(token) };
}

function refuse(job: AppendJob, error: unknown): Settlement {
  return { logged: [], settle: () => job.reject(error) };
}

/** False where today's events would be taken for those of an older version. */
function takeUpVersion(transaction: LogTransaction, { events }: AppendJob): boolean {
  const version = declaredVersion(events[0]?.event);
  if (version !== undefined) transaction.raiseVersion(version);
  return events.length === 0 || transaction.version() >= FORMAT_VERSION;
}

function olderLog(runId: string): M1Error {
  return new M1Error("log-older", `The log of run ${runId} was written by an older m1-parallel.`, {
    hint: "A `run-resumed` event must come before any other of this version.",
  });
}

function accept(job: AppendJob, time: number, before: number): Settlement {
  const logged = job.events.map(({ event }, index) => ({ ...event, ...place(before + index + 1, time, job.scope) }));
  return { logged, settle: () => job.resolve(logged) };
}

function addEvents(transaction: LogTransaction, before: LogHead, time: number, job: AppendJob): LogHead {
  let head = before;
  for (const { body, texts } of job.events) {
    for (const text of texts) transaction.addText(text);
    const event = { ...place(head.seq + 1, time, job.scope), body };
    head = { seq: event.seq, hash: linkHash(head.hash, event) };
    transaction.addEvent({ ...event, hash: head.hash });
  }
  return head;
}

function place(seq: number, time: number, scope: Scope) {
  return { seq, time, scope };
}

/** For faults of readers: the events are durable and others need them, so they must not fail the log. */
function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : describeError(error), { code: "M1_LOG_LISTENER" });
}
