import { NotPerformed } from "../../src/tools/not-performed.ts";
import type { ToolResult } from "../../src/events/tool-call.ts";
import type { CallStatus } from "../../src/tools/tool.ts";
import type { VirtualClock } from "../../src/testing/index.ts";
import type { Chance } from "./chance.ts";
import type { Notes } from "./notes.ts";
import type { Witness } from "./witness.ts";

/** How the office can be asked twice: it knows the keys of calls, it can be asked what became of one, or neither. */
export type Reliability = "keyed" | "status" | "blind";

export interface Order {
  readonly tool: string;
  readonly subject: string;
  readonly key: string;
  readonly reliability: Reliability;
}

export interface Performed extends Order {
  times: number;
  readonly text: string;
}

/** The process that calls. */
export interface Caller {
  readonly number: number;
  readonly process: { readonly alive: boolean };
  chance(...names: readonly (string | number)[]): Chance;
  nth(name: string): number;
  place(): Promise<void>;
}

export interface OfficeOptions {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly witness: Witness;
  readonly notes: Notes;
  /** How long a way takes at the most. */
  readonly pace: number;
  /** How probable a fault is. */
  readonly rate: () => number;
}

type Reception = "done" | "busy" | "refused" | "lost-before" | "lost-after" | "silent";

/**
 * The world outside: it performs what is ordered, and counts. It knows nothing of crashes; a request that has
 * left arrives, whatever becomes of who sent it.
 */
export class Office {
  readonly performed = new Map<string, Performed>();
  /** Keys in the order in which they were performed. */
  readonly order: string[] = [];
  readonly #options: OfficeOptions;
  /** Requests that have left and not arrived, by key. */
  readonly #onTheirWay = new Map<string, number>();
  readonly #arrivals = new Map<string, number>();

  constructor(options: OfficeOptions) {
    this.#options = options;
  }

  /** Whether a request of this key may still arrive. */
  isOnItsWay(key: string): boolean {
    return (this.#onTheirWay.get(key) ?? 0) > 0;
  }

  async receive(order: Order, caller: Caller, signal: AbortSignal): Promise<ToolResult> {
    await caller.place();
    const { witness, notes, clock, pace, rate } = this.#options;
    witness.effectIsCalled(order.key, caller.number);
    const chance = this.#chanceOf(order.key);
    const reception = receptionOf(chance.happens(rate()), chance.number());
    if (reception !== "done") notes.count(`fault: office ${reception}`);
    const reply = Promise.withResolvers<ToolResult>();
    signal.addEventListener("abort", () => reply.reject(signal.reason), { once: true });
    const isLostWithSender = chance.happens(0.5);
    this.#move(order.key, 1);
    clock.timer(chance.milliseconds(pace), () => {
      this.#move(order.key, -1);
      const senderIsGone = signal.aborted || !caller.process.alive;
      if (senderIsGone && isLostWithSender) return;
      if (reception === "done" || reception === "lost-after" || reception === "silent") this.#perform(order);
      clock.timer(chance.milliseconds(pace), () => answer(reception, order, reply));
    });
    const given = await reply.promise;
    await caller.place();
    return given;
  }

  async status(key: string, caller: Caller, signal: AbortSignal): Promise<CallStatus> {
    await caller.place();
    const chance = caller.chance("status", key, caller.nth(`status ${key}`));
    if (chance.happens(this.#options.rate())) throw new Error("The office does not say.");
    signal.throwIfAborted();
    if (this.isOnItsWay(key)) return "unknown";
    const found = this.performed.get(key);
    return found ? { performed: { text: found.text, facts: {} } } : "not-performed";
  }

  /** Of each request of a key its own. */
  #chanceOf(key: string): Chance {
    const arrival = (this.#arrivals.get(key) ?? 0) + 1;
    this.#arrivals.set(key, arrival);
    return this.#options.chance.of(key, arrival);
  }

  #perform(order: Order): void {
    const before = this.performed.get(order.key);
    if (before && order.reliability === "keyed") return this.#options.notes.count("R5: a repeated call met its key");
    if (before) before.times += 1;
    else this.performed.set(order.key, { ...order, times: 1, text: textOf(order) });
    this.order.push(order.key);
  }

  #move(key: string, by: number): void {
    this.#onTheirWay.set(key, (this.#onTheirWay.get(key) ?? 0) + by);
  }
}

function receptionOf(isFaulty: boolean, which: number): Reception {
  if (!isFaulty) return "done";
  const faults = ["busy", "busy", "refused", "lost-before", "lost-after", "silent"] as const;
  return faults[Math.floor(which * faults.length)] ?? "done";
}

function answer(reception: Reception, order: Order, reply: PromiseWithResolvers<ToolResult>): void {
  switch (reception) {
    case "done":
      return reply.resolve({ text: textOf(order), facts: {} });
    case "busy":
      return reply.reject(new NotPerformed("The office is busy.", { temporary: true }));
    case "refused":
      return reply.reject(new NotPerformed("The office refuses."));
    case "lost-before":
    case "lost-after":
      return reply.reject(new Error("The connection was lost."));
    case "silent":
  }
}

function textOf({ tool, subject, key }: Order): string {
  return `${tool} of ${subject} as ${key}`;
}
