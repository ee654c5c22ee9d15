import { type MortalProcess, SimulatedDisk, VirtualClock } from "../../src/testing/index.ts";
import type { EventOf } from "../../src/events/run-event.ts";
import type { StoredEvent } from "../../src/log/chain.ts";
import type { Chance } from "./chance.ts";
import { Notes } from "./notes.ts";
import { Office } from "./office.ts";
import type { FaultRates, Scenario } from "./scenario.ts";
import { SimulatedFolder } from "./simulated-folder.ts";
import { Witness } from "./witness.ts";

/** So many processes of a run see faults; then the world heals, so that every run comes to an end. */
const LIVES_WITH_FAULTS = 12;
const NO_FAULTS: FaultRates = { model: 0, tool: 0, office: 0, disk: 0 };

/** All that outlives the processes of one simulated run. */
export class World {
  readonly runId: string;
  readonly chance: Chance;
  readonly scenario: Scenario;
  readonly clock = new VirtualClock();
  readonly notes = new Notes();
  readonly disk: SimulatedDisk;
  readonly witness: Witness;
  readonly office: Office;
  /** Processes so far. */
  lives = 0;
  onQuestion: (question: EventOf<"question-asked">) => void = () => {};
  readonly #lives = new WeakMap<MortalProcess, number>();
  readonly #folders = new Map<string, SimulatedFolder>();
  readonly #answered = new Set<string>();

  constructor(runId: string, chance: Chance, scenario: Scenario) {
    const { notes, clock } = this;
    this.runId = runId;
    this.chance = chance;
    this.scenario = scenario;
    const witness = new Witness(runId, notes, (question) => this.onQuestion(question));
    this.witness = witness;
    const { pace } = scenario;
    this.office = new Office({
      clock,
      witness,
      notes,
      pace,
      chance: chance.of("office"),
      rate: () => this.rates.office,
    });
    this.disk = new SimulatedDisk({
      runId,
      onDurable: (event, process) => witness.apply(event, this.#lives.get(process) ?? NO_LIFE),
    });
  }

  get rates(): FaultRates {
    return this.lives > LIVES_WITH_FAULTS ? NO_FAULTS : this.scenario.rates;
  }

  /** The rows of the log. */
  get rows(): readonly StoredEvent[] {
    const { rows } = this.disk;
    return rows.page(1, rows.head().seq);
  }

  /** A process begins to work on the run. */
  begins(process: MortalProcess, life: number): void {
    this.#lives.set(process, life);
  }

  folderOf(team: string): SimulatedFolder {
    const known = this.#folders.get(team) ?? new SimulatedFolder();
    this.#folders.set(team, known);
    return known;
  }

  modelIsAsked(mark: string, life: number): void {
    this.witness.stepIsExecuted(mark, life);
    this.notes.count("model calls");
    if (!this.#answered.has(`${life} ${mark}`)) return;
    this.notes.violate("S1", `${mark} is asked again in life ${life}, which has its answer.`);
  }

  modelHasAnswered(mark: string, life: number): void {
    this.#answered.add(`${life} ${mark}`);
  }
}

/** A person's process has no life of its own. */
const NO_LIFE = 0;
