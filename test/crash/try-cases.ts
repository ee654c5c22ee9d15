import { seededInteger } from "../../src/base/random.ts";
import { Lane, type Evidence } from "./crash-case.ts";
import { judgeCase, type Judgement } from "./judge-case.ts";
import type { Kill, Scenario } from "./scenario.ts";
import { scenarioNamed } from "./scenarios.ts";

/** A scenario that was tried, and what came of it. */
export interface Tried {
  readonly scenario: string;
  readonly kills: readonly Kill[];
  readonly judgement: Judgement;
  readonly reachedKill: boolean;
}

/** As many cases at once as there are lanes; each lane has a model server of its own. */
const LANES = 2;

export async function tryCases(
  name: string,
  cases: readonly (readonly Kill[])[],
  onTried: (tried: Tried) => void,
): Promise<void> {
  const scenario = scenarioNamed(name);
  const queue = cases.values();
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      await using lane = await Lane.open();
      const whole = await lane.run(scenario, []);
      for (const kills of queue) onTried(await tryOne(lane, scenario, kills, whole));
    }),
  );
}

async function tryOne(lane: Lane, scenario: Scenario, kills: readonly Kill[], whole: Evidence): Promise<Tried> {
  const evidence = await lane.run(scenario, kills);
  const judgement = judgeCase(evidence, whole);
  return { scenario: scenario.name, kills, judgement, reachedKill: evidence.lives.some(({ killed }) => killed) };
}

/** Kills before and after each write, and around each call of the ticket system, as far as a run comes to them. */
export async function tryEveryWrite(name: string, onTried: (tried: Tried) => void): Promise<void> {
  for (const at of ["write", "ticket"] as const) {
    for (let first = 1, reached = true; reached; first += BATCH) {
      reached = false;
      await tryCases(name, kills(at, first), (tried) => {
        if (!tried.reachedKill) return;
        reached = true;
        onTried(tried);
      });
    }
  }
}

/** So many places are tried before it is looked whether there are more. */
const BATCH = 12;

function kills(at: "write" | "ticket", first: number): (readonly Kill[])[] {
  return Array.from({ length: BATCH }, (_, index) => first + index).flatMap((number): (readonly Kill[])[] =>
    at === "write"
      ? [[{ at, number, moment: "before" }], [{ at, number, moment: "after" }]]
      : [[{ at, number, moment: "opening" }], [{ at, number, moment: "telling" }]],
  );
}

/** One or two kills at writes drawn by chance, the same for the same seed. */
export function seededKills(seed: number, writes: number): readonly Kill[] {
  const draw = (label: string, below: number) => seededInteger(String(seed), label) % below;
  return Array.from({ length: 1 + draw("kills", 2) }, (_, life) => ({
    at: "write",
    number: 1 + draw(`write ${life}`, writes),
    moment: draw(`moment ${life}`, 2) === 0 ? "before" : "after",
  }));
}

/** In words, and as `npm run proof -- crash SCENARIO KILLS` takes them. */
export function describeKills(kills: readonly Kill[]): string {
  const words = kills.map((kill) => `${"moment" in kill ? `${kill.moment} ` : ""}${kill.at} ${kill.number}`);
  return `${words.join(", then ")} ('${JSON.stringify(kills)}')`;
}
