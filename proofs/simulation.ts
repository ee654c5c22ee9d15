import { performance } from "node:perf_hooks";
import type { Proof, ProofContext, ProofResult } from "../scripts/proof/proof.ts";
import { showRun } from "../test/simulation/show-run.ts";
import { describeFailure, simulate } from "../test/simulation/simulate.ts";

const SEEDS = 20_000;
const GOAL_SEEDS_A_MINUTE = 1_000;
/** Every so-many-th seed is played twice: it must be the same run. */
const TWICE_EVERY = 20;

/**
 * Whole runs in a simulation: `npm run proof -- simulation [SEEDS]` plays seeds 1 to SEEDS and writes the page,
 * `npm run proof -- simulation seed SEED` shows one.
 */
const proof: Proof = async (context) => {
  const [first, seed] = context.arguments;
  if (first === "seed") {
    const simulated = await simulate(Number(seed));
    context.say(showRun(simulated));
    return undefined;
  }
  return pageOf(await playAll(Number(first ?? SEEDS), context));
};
export default proof;

interface Played {
  readonly seeds: number;
  readonly failed: string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly slowestMs: number;
  readonly seedsAMinute: number;
}

async function playAll(seeds: number, context: ProofContext): Promise<Played> {
  const counts = new Map<string, number>();
  const failed: string[] = [];
  const begun = performance.now();
  let slowestMs = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    context.signal.throwIfAborted();
    const before = performance.now();
    const simulated = await simulate(seed);
    slowestMs = Math.max(slowestMs, performance.now() - before);
    for (const [what, times] of simulated.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    if (simulated.violations.length > 0) failed.push(describeFailure(simulated));
    else if (seed % TWICE_EVERY === 0 && (await simulate(seed)).head !== simulated.head)
      failed.push(`Seed ${seed} is another run the second time.`);
    if (simulated.violations.length > 0) context.say(failed.at(-1) ?? "");
    if (seed % 2_000 === 0) context.say(`${seed} seeds, ${failed.length} failed`);
  }
  const played = seeds + Math.floor(seeds / TWICE_EVERY);
  return { seeds, failed, counts, slowestMs, seedsAMinute: (played / (performance.now() - begun)) * 60_000 };
}

function pageOf({ seeds, failed, counts, slowestMs, seedsAMinute }: Played): ProofResult {
  const rowsOf = (prefix: string) =>
    [...counts]
      .filter(([what]) => what.startsWith(prefix))
      .map(([what, times]): [string, number] => [what.slice(prefix.length), times])
      .toSorted(([, one], [, other]) => other - one);
  const promises = [...counts]
    .filter(([what]) => /^[LSR]\d: /.test(what))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return {
    title: "Simulation of whole runs",
    summary:
      `Seeds 1 to ${seeds}, each a whole run in one process on the virtual clock: race engine, step door, replay, effects, retries and the log over a disk in memory that outlives crashes. ` +
      "A seed stands for teams of random shape (forks at once, forks in a race, reports, chance, inputs, proposals, tools of every effect), a policy, limits, an acceptance, a person, and for what goes wrong. " +
      "A crash drops the whole process at a write, a call, a reply or any time, also while it resumes; another process goes on from the log. A reading of the log that shares nothing with the engine holds every execution, " +
      "every write and the whole run against the promises; the world outside counts what was done. " +
      `Violations: ${failed.length}. Speed: ${Math.round(seedsAMinute)} seeds a minute on one core (goal: ${GOAL_SEEDS_A_MINUTE}); the slowest took ${Math.round(slowestMs)} ms. One seed in ${TWICE_EVERY} was played twice, and was the same to the last hash. ` +
      "Not simulated: real files, processes and sockets (the crash matrix has them), the Magentic-One teams, two processes that both reach the world.",
    holds: failed.length === 0 && seedsAMinute >= GOAL_SEEDS_A_MINUTE,
    tables: [
      { heading: "Faults injected", columns: ["fault", "times"], rows: rowsOf("fault: ") },
      { heading: "How processes ended", columns: ["end", "processes"], rows: rowsOf("lives that ended: ") },
      { heading: "How runs ended", columns: ["outcome", "runs"], rows: rowsOf("outcome: ") },
      { heading: "How often each promise was exercised", columns: ["promise", "times"], rows: promises },
      ...(failed.length === 0
        ? []
        : [{ heading: "Failed seeds", columns: ["seed"], rows: failed.map((text) => [text]) }]),
    ],
  };
}
