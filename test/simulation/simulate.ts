import { checkRun } from "./check-run.ts";
import { Chance } from "./chance.ts";
import { describeScenario } from "./describe-scenario.ts";
import { scenarioOf } from "./scenario.ts";
import { SimulatedRun } from "./simulated-run.ts";
import { World } from "./world.ts";

/** What one seed came to. */
export interface Simulated {
  readonly seed: number;
  /** What was broken, by promise; empty where all held. */
  readonly violations: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  /** The hash that stands for the whole log. */
  readonly head: string;
  readonly world: World;
}

/** Plays the run that the seed stands for and holds it against the promises. */
export async function simulate(seed: number): Promise<Simulated> {
  const chance = new Chance(`seed ${seed}`);
  const world = new World(`run-${seed}`, chance, scenarioOf(chance));
  const stopListening = hearFaults(world);
  try {
    await new SimulatedRun(world).play();
    checkRun(world);
  } catch (error) {
    world.notes.violate("simulation", error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    stopListening();
  }
  const { violations, counts } = world.notes;
  return { seed, violations, counts, head: world.disk.rows.head().hash, world };
}

/** The failed run in words, and how to see it again. */
export function describeFailure({ seed, violations, world }: Simulated): string {
  return [
    `Seed ${seed} breaks ${violations.length === 1 ? "a promise" : "promises"}:`,
    ...violations.slice(0, 12).map((violation) => `  ${violation}`),
    describeScenario(world.scenario),
    `See it again: npm run proof -- simulation seed ${seed}`,
  ].join("\n");
}

/** What would fail a process, or be lost, fails the run. */
function hearFaults(world: World): () => void {
  const onRejection = (error: unknown) => world.notes.violate("R4", `A rejection goes unhandled: ${String(error)}`);
  // Events of other processes that could not be read for the listeners are told so; the next process has them.
  const onWarning = (warning: Error) => {
    if (!warning.message.includes("EIO")) world.notes.violate("L2", `A warning is given: ${warning.message}`);
  };
  // Whoever prints warnings would print hundreds.
  const others = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("unhandledRejection", onRejection);
  process.on("warning", onWarning);
  return () => {
    process.off("unhandledRejection", onRejection);
    process.off("warning", onWarning);
    for (const other of others) process.on("warning", other);
  };
}
