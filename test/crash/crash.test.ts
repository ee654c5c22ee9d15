import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { describeKills, seededKills, tryCases, tryEveryWrite, type Tried } from "./try-cases.ts";

/** More writes than these scenarios have up to their last. */
const WRITES_OF_FOUR = 60;
const SEEDS = 50;
/** A case is two or three processes; a machine may be busy with other tests. */
const LONGEST_MS = 240_000;

/** Every problem, with what repeats the case. */
function problemsOf(tried: readonly Tried[]): string[] {
  return tried.flatMap(({ scenario, kills, judgement }) =>
    judgement.problems.map((problem) => `${scenario}, killed ${describeKills(kills)}: ${problem}`),
  );
}

suite("the process is really killed (SIGKILL)", { concurrency: false, timeout: 500_000 }, () => {
  test(
    "S1, S3, R5: before and after each write of one team's run, it goes on: one outcome, each effect once, nothing asked again",
    { timeout: LONGEST_MS },
    async () => {
      const tried: Tried[] = [];
      await tryEveryWrite("shortest-keys", (one) => void tried.push(one));
      assert.deepEqual(problemsOf(tried), []);
      const killed = tried.filter(({ reachedKill }) => reachedKill).length;
      assert.ok(killed >= 40, `only ${killed} kills`);
    },
  );

  for (const [name, first] of [
    ["four-answer", 1],
    ["one-of-four", 1 + SEEDS / 2],
  ] as const) {
    test(
      `S1, R1, R5: of four teams, at writes drawn by chance, once or twice a run (${name})`,
      { timeout: LONGEST_MS },
      async () => {
        const tried: Tried[] = [];
        const seeds = Array.from({ length: SEEDS / 2 }, (_, index) => seededKills(first + index, WRITES_OF_FOUR));
        await tryCases(name, seeds, (one) => void tried.push(one));
        assert.deepEqual(problemsOf(tried), []);
        assert.ok(tried.filter(({ reachedKill }) => reachedKill).length > SEEDS / 4, "most kills were reached");
      },
    );
  }
});
