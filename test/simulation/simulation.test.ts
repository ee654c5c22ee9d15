import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { describeFailure, simulate, type Simulated } from "./simulate.ts";

const SEEDS = 400;

/** What `npm run proof -- simulation` plays in ten thousands. */
suite("simulated runs, with crashes and whatever else goes wrong", { timeout: 60_000 }, () => {
  const played: Simulated[] = [];

  test(`R1, R2, R3, R4, R5, S1, S3, S4, L1, L2, L3: ${SEEDS} of them keep every promise`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const simulated = await simulate(seed);
      assert.deepEqual(simulated.violations, [], describeFailure(simulated));
      played.push(simulated);
    }
  });

  test("each fault was injected and each promise exercised", () => {
    for (const what of EXERCISED) {
      const times = played.reduce((sum, { counts }) => sum + (counts.get(what) ?? 0), 0);
      assert.ok(times > 0, `never: ${what}`);
    }
  });

  test("S1: the same seed is the same run, to the last hash of its log", async () => {
    for (const { seed, head } of played.slice(0, 50)) assert.equal((await simulate(seed)).head, head, `seed ${seed}`);
  });
});

const EXERCISED = [
  "fault: crash before a write",
  "fault: crash after a write",
  "fault: crash at a call",
  "fault: crash at a random time",
  "fault: taken over by another process",
  "fault: disk refused",
  "fault: disk busy",
  "fault: disk read refused",
  "fault: clock set back",
  "fault: clock set forward",
  "fault: model 429",
  "fault: model 503",
  "fault: model reset",
  "fault: model cut",
  "fault: model hang",
  "fault: model deaf",
  "fault: model slow",
  "fault: tool throws",
  "fault: office busy",
  "fault: office refused",
  "fault: office lost-before",
  "fault: office lost-after",
  "fault: office silent",
  "calls left behind",
  "answers: llm",
  "answers: vote for want of a model",
  "L1: stale processes fenced off",
  "L2: executions held against the log",
  "R2: ends that were no answer, before the decision",
  "R3: calls cut off by the decision",
  "R3: ends that say what still lives",
  "R4: teams that failed alone",
  "R5: calls performed once",
  "R5: permits shared",
  "R5: a repeated call met its key",
  "R5: staged calls of losers left alone",
  "R5: staged calls of the answer's team",
  "S1: results given back in log order",
  "S3: cut-off model steps done again",
  "S3: cut-off read steps done again",
  "S3: cut-off workspace steps done again",
  "S3: programs that found their folder as it was",
  "S4: other courses found",
  "acceptance: hangs",
  "questions about a step",
  "questions about a effect",
  "lives that ended: waits",
];
