import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { CancelScope } from "../../../../src/base/abort.ts";
import { sleep, type Clock, type StopTimer } from "../../../../src/base/clock.ts";
import type { EventOf } from "../../../../src/events/run-event.ts";
import type { ToolResult } from "../../../../src/events/tool-call.ts";
import type { RunLog, ScopeWriter } from "../../../../src/log/run-log.ts";
import { EffectsFold } from "../../../../src/run/effects/effects-fold.ts";
import { RunEffects } from "../../../../src/run/effects/run-effects.ts";
import { NotPerformed } from "../../../../src/tools/not-performed.ts";
import type { CallStatus, Tool } from "../../../../src/tools/tool.ts";
import { append, decision, events, newRun, request, result, staging, ticketTool } from "./support.ts";

/** What the other side does with one call that reaches it. */
export type Reception = "done" | "refused" | "lost-before" | "lost-after" | "silent-after";

export interface Scenario {
  /** How the other side can be asked about a call in doubt. */
  readonly mode: "keys" | "status" | "neither";
  /** What each team asks for, one after the other. */
  readonly teams: readonly (readonly { readonly title: string; readonly staged: boolean; readonly tookMs: number }[])[];
  readonly receptions: readonly Reception[];
  /** Each process dies at so many-th of its places where it may; the last one lives. */
  readonly crashes: readonly number[];
  /** The race is decided after so many steps of all teams. */
  readonly decidedAfter: number;
  readonly winner: number;
  /** What the person does who is asked: finds out, or leaves it. */
  readonly person: "finds-out" | "denies";
}

/** The other side: what it has done, by idempotency key. */
export class World {
  readonly done = new Map<string, { title: string; times: number }>();
  readonly order: string[] = [];
  readonly #receptions: Reception[];
  readonly #knowsKeys: boolean;

  constructor({ receptions, mode }: Scenario) {
    this.#receptions = [...receptions];
    this.#knowsKeys = mode === "keys";
  }

  receive(): Reception {
    return this.#receptions.shift() ?? "done";
  }

  perform(key: string, title: string): void {
    const before = this.done.get(key)?.times ?? 0;
    if (before > 0 && this.#knowsKeys) return;
    this.done.set(key, { title, times: before + 1 });
    this.order.push(key);
  }
}

/** A process that may die at each of its places: from then on nothing of it goes on, and it has no timers. */
class Mortal implements Clock {
  readonly died = Promise.withResolvers<void>();
  readonly #clock: Clock;
  readonly #timers = new Set<StopTimer>();
  #left: number | undefined;
  #dead = false;

  constructor(clock: Clock, crashAt: number | undefined) {
    this.#clock = clock;
    this.#left = crashAt;
  }

  get dead(): boolean {
    return this.#dead;
  }

  async place(): Promise<void> {
    if (this.#left !== undefined && (this.#left -= 1) <= 0) {
      this.#dead = true;
      for (const stop of this.#timers) stop();
      this.died.resolve();
    }
    if (this.#dead) await new Promise(() => {});
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  timer(milliseconds: number, callback: () => void): StopTimer {
    const stop = this.#dead ? () => {} : this.#clock.timer(milliseconds, callback);
    this.#timers.add(stop);
    return stop;
  }
}

/** The run's log and the other side, which outlive each process. */
export class CrashingRun {
  readonly world: World;
  readonly clock = new VirtualClock();
  /** What teams were told, by step. */
  readonly heard = new Map<string, string>();
  log!: RunLog;
  /** Processes that it took, and questions that a person was asked. */
  readonly counts = { processes: 0, asked: 0 };
  readonly #scenario: Scenario;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.world = new World(scenario);
  }

  get fold(): EffectsFold {
    const fold = new EffectsFold();
    for (const event of events(this.log)) fold.apply(event);
    return fold;
  }

  /** Goes on with the run, process after process, until its effects have an end. */
  async toItsEnd(): Promise<void> {
    this.log = (await newRun(this.clock)).log;
    for (; this.counts.processes < 60; this.counts.processes += 1) {
      const mortal = new Mortal(this.clock, this.#scenario.crashes[this.counts.processes]);
      const ended = await this.#live(mortal);
      await this.#answer();
      if (ended && this.fold.summary() !== "pending") return;
    }
    throw new Error(`It does not come to an end: ${JSON.stringify(this.#scenario)}`);
  }

  /** One process; true where it came to the end of its work. */
  async #live(mortal: Mortal): Promise<boolean> {
    const effects = new RunEffects({
      log: this.log,
      writer: mortalWriter(mortal, await this.log.acquire("run")),
      clock: mortal,
      fold: new EffectsFold(),
      tool: () => this.#tool(mortal),
      live: () => {},
    });
    let ended = false;
    const life = { over: false };
    const work = this.#work(mortal, effects).then(() => (ended = true));
    const settled = Promise.race([work, mortal.died.promise]).finally(() => (life.over = true));
    while (!life.over) {
      await this.#answer();
      await this.clock.advance(700);
    }
    await settled;
    // What a dead process would still do must not be seen; its timers die with it.
    effects.close();
    return ended && !mortal.dead;
  }

  async #work(mortal: Mortal, effects: RunEffects): Promise<void> {
    if (this.fold.basis === undefined && !this.#isDecided()) {
      const decided = Promise.withResolvers<void>();
      const finished = Promise.all(
        this.#scenario.teams.map((_, index) => this.#team(index, mortal, effects, decided.resolve)),
      );
      finished.catch(() => {});
      await Promise.race([finished, decided.promise]);
      const winner = this.#scenario.teams[this.#scenario.winner] && `team-${this.#scenario.winner + 1}`;
      await mortal.place();
      await append(this.log, "race", decision(winner ?? null));
      effects.decided();
      const patience = new CancelScope();
      await Promise.race([effects.quiet(), sleep(mortal, 500, patience.signal).catch(() => {})]);
      patience.cancel();
    }
    await effects.conclude();
    await mortal.place();
  }

  #isDecided(): boolean {
    return events(this.log).some((event) => event.type === "race-decided");
  }

  /** A team that goes on where its steps in the log end. */
  async #team(index: number, mortal: Mortal, effects: RunEffects, decide: () => void): Promise<void> {
    const team = `team-${index + 1}`;
    for (const [at, { title, staged }] of (this.#scenario.teams[index] ?? []).entries()) {
      const asked = request(team, title, at + 1);
      const steps = events(this.log).filter((event) => event.type === "step-finished");
      if (!steps.some((step) => step.key === asked.key)) {
        await mortal.place();
        if (staged) await append(this.log, team, ...staging(asked));
        else await this.#act(asked, mortal, effects);
      }
      if (steps.length >= this.#scenario.decidedAfter) decide();
    }
  }

  async #act(asked: ReturnType<typeof request>, mortal: Mortal, effects: RunEffects): Promise<void> {
    const text = await effects.perform(asked).then(
      (given) => given.text,
      (error: unknown) => String(error),
    );
    await mortal.place();
    if (this.#isDecided()) return;
    this.heard.set(asked.key, text);
    const finished: EventOf<"step-finished"> = {
      type: "step-finished",
      key: asked.key,
      status: "succeeded",
      result: result(text),
      attempts: 1,
      durationMs: 0,
    };
    await append(this.log, asked.team, finished);
  }

  #tool(mortal: Mortal): Tool {
    const { mode, teams } = this.#scenario;
    const times = new Map(teams.flat().map(({ title, tookMs }) => [title, tookMs]));
    const status = async (key: string): Promise<CallStatus> => {
      await mortal.place();
      const found = this.world.done.get(key);
      return found ? { performed: result(`opened ${found.title}`) } : "not-performed";
    };
    return ticketTool({
      idempotent: mode === "keys",
      ...(mode === "status" ? { status } : {}),
      call: async ({ idempotencyKey, signal }, title) => {
        await mortal.place();
        await sleep(mortal, times.get(title) ?? 0, signal);
        return await this.#receive(mortal, idempotencyKey, title);
      },
    });
  }

  async #receive(mortal: Mortal, key: string, title: string): Promise<ToolResult> {
    const reception = this.world.receive();
    if (reception === "refused") throw new NotPerformed("It is refused.");
    if (reception === "lost-before") throw new Error("The connection was lost.");
    this.world.perform(key, title);
    await mortal.place();
    if (reception === "lost-after") throw new Error("The connection was lost.");
    if (reception === "silent-after") await new Promise(() => {});
    return result(`opened ${title}`);
  }

  /** A person who looks at the other side before deciding, or one who leaves things as they are. */
  async #answer(): Promise<void> {
    for (const { question, subject } of this.fold.openQuestions) {
      this.counts.asked += 1;
      const effect = this.fold.effect(subject);
      const found = this.world.done.get(effect?.idempotencyKey ?? "");
      const decided =
        this.#scenario.person === "denies"
          ? ({ decision: "not-again" } as const)
          : found
            ? ({ decision: "done", text: `opened ${found.title}` } as const)
            : ({ decision: "again" } as const);
      await append(this.log, "person", { type: "question-answered", question, by: "somebody", ...decided });
    }
  }
}

function mortalWriter(mortal: Mortal, writer: ScopeWriter): ScopeWriter {
  return {
    scope: writer.scope,
    async append(appended) {
      await mortal.place();
      const logged = await writer.append(appended);
      await mortal.place();
      return logged;
    },
  };
}
