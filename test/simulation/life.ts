import { MortalProcess } from "../../src/testing/index.ts";
import type { SimulatedDiskFault } from "../../src/testing/index.ts";
import type { Chance } from "./chance.ts";
import type { SimulatedFolder } from "./simulated-folder.ts";
import type { World } from "./world.ts";

/** One process that works on the run, from its start or resume to its death. */
export class Life {
  readonly world: World;
  /** 1 is the one that started the run. */
  readonly number: number;
  readonly process: MortalProcess;
  /** Keys of what team code waits for. */
  readonly waiting = new Set<string>();
  /** The place, counted from now, at which it dies. */
  #placesLeft: number;
  /** False once another process has taken over: it hears and reaches nobody but the log. */
  #reaches = true;
  readonly #counts = new Map<string, number>();
  /** What has come back to each team in this life, in order. */
  readonly #cameBack = new Map<string, string[]>();

  constructor(world: World, number: number, diesAt = Number.POSITIVE_INFINITY) {
    this.world = world;
    this.number = number;
    this.#placesLeft = diesAt;
    this.process = new MortalProcess(world.clock);
    world.begins(this.process, number);
  }

  get isActing(): boolean {
    return this.process.alive && this.#reaches;
  }

  /** Chance for one thing in this life. */
  chance(...names: readonly (string | number)[]): Chance {
    return this.world.chance.of("life", this.number, ...names);
  }

  /** How often this has been asked in this life. */
  nth(name: string): number {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count;
  }

  /** What tells results of this life from those of others, in which the same was done. */
  nonce(mark: string): string {
    return `life ${this.number} no. ${this.nth(`nonce ${mark}`)}`;
  }

  /** Another process takes over; what this one writes may still arrive. */
  cutOff(): void {
    this.#reaches = false;
  }

  /** A place where the process may die; then nothing behind it happens. */
  async place(): Promise<void> {
    if (this.#isFatal()) this.dieAt("a call");
    if (!this.isActing) await new Promise(() => {});
  }

  /** What a process waits for from the outside comes as long as it acts. */
  follow<Value>(work: () => Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      work().then(
        (value) => this.isActing && resolve(value),
        (error: unknown) => this.isActing && reject(error),
      );
    });
  }

  dieAt(where: string): void {
    if (!this.isActing) return;
    this.world.notes.count(`fault: crash at ${where}`);
    this.process.die();
  }

  /** What becomes of the next write. */
  diskFault(): SimulatedDiskFault | undefined {
    const { world } = this;
    if (this.#isFatal()) return this.#dies("dies-before", "before a write");
    if (this.#isFatal()) return this.#dies("dies-after", "after a write");
    if (!this.chance("disk", this.nth("write")).happens(world.rates.disk)) return undefined;
    const fault = this.chance("disk fault", this.nth("disk fault")).pick(["refused", "busy", "busy"] as const);
    world.notes.count(`fault: disk ${fault}`);
    return fault;
  }

  /** Whether the disk refuses the next read: much rarer than a write, since there are more of them. */
  refusesRead(): boolean {
    const { world } = this;
    if (!this.chance("disk read", this.nth("read")).happens(world.rates.disk / 4)) return false;
    world.notes.count("fault: disk read refused");
    return true;
  }

  /** Notes that a tool's program begins, and holds it against what is durable. */
  beginTool(mark: string, folder: SimulatedFolder): void {
    this.world.witness.stepIsExecuted(mark, this.number);
    this.world.witness.folderIsUsed(mark, folder.name);
  }

  /** Something comes back to a team: it must be what the log has at this place. */
  comesBack(team: string, key: string): void {
    const { witness } = this.world;
    const came = this.#cameBack.get(team) ?? [];
    this.#cameBack.set(team, came);
    const given = witness.given.get(team)?.[came.length];
    came.push(key);
    if (given !== key)
      this.world.notes.violate("S1", `${key} comes back to ${team} where the log has ${given ?? "nothing"}.`);
    const isOld = (witness.firstLives.get(key) ?? this.number) < this.number;
    this.world.notes.count(isOld ? "S1: results given back in log order" : "S1: results given in log order");
  }

  #isFatal(): boolean {
    if (!this.process.alive) return false;
    this.#placesLeft -= 1;
    return this.#placesLeft === 0;
  }

  #dies(fault: SimulatedDiskFault, where: string): SimulatedDiskFault {
    this.world.notes.count(`fault: crash ${where}`);
    return fault;
  }
}
