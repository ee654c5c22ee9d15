import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { EffectRecord } from "../../../../src/run/effects/effects-fold.ts";
import { commitOf } from "../../../../src/run/effects/effect-names.ts";
import { CrashingRun, type Scenario } from "./crashing-run.ts";

const ask = fc.record({
  title: fc.constantFrom("printer", "screen", "keyboard"),
  staged: fc.boolean(),
  tookMs: fc.constantFrom(0, 300, 3_000),
});

const scenario: fc.Arbitrary<Scenario> = fc.record({
  mode: fc.constantFrom("keys", "status", "neither"),
  teams: fc.array(fc.array(ask, { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
  receptions: fc.array(fc.constantFrom("done", "done", "refused", "lost-before", "lost-after", "silent-after"), {
    maxLength: 8,
  }),
  crashes: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }),
  decidedAfter: fc.integer({ min: 1, max: 12 }),
  winner: fc.integer({ min: 0, max: 4 }),
  person: fc.constantFrom("finds-out", "denies"),
});

test(
  "R5, S3: k teams, crashes at any place, losses and refusals never perform one twice, and never lose or invent one",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const run = new CrashingRun(given);
        await run.toItsEnd();
        assertNothingTwice(run);
        assertKnown(run, given);
        assertCommitted(run, given);
        assert.equal(run.clock.pending, 0);
      }),
      { numRuns: 400 },
    );
  },
);

function assertNothingTwice({ world, fold }: CrashingRun): void {
  for (const { times } of world.done.values()) assert.equal(times, 1);
  const titles = fold.effects.filter(({ grounds }) => grounds === "permit").map(({ arguments: args }) => args["title"]);
  assert.equal(new Set(titles).size, titles.length, "equal permits are one effect");
  const keys = fold.effects.flatMap(({ idempotencyKey }) => (idempotencyKey === "" ? [] : [idempotencyKey]));
  assert.equal(new Set(keys).size, keys.length);
}

/** What the log says of each effect is what the other side did. */
function assertKnown({ world, fold, heard }: CrashingRun, { person }: Scenario): void {
  const isDone = ({ idempotencyKey }: EffectRecord) => world.done.has(idempotencyKey);
  for (const effect of fold.effects) {
    if (effect.state === "performed") assert.ok(isDone(effect), "nothing is invented");
    else if (effect.state === "refused") assert.equal(person, "denies");
    else assert.equal(isDone(effect), false, `nothing is lost: ${effect.state}`);
  }
  const known = new Set(fold.effects.map(({ idempotencyKey }) => idempotencyKey));
  for (const key of world.done.keys()) assert.ok(known.has(key));
  for (const text of heard.values()) {
    if (!text.startsWith("opened")) assert.match(text, /M1Error: (The call of "ticket" was not done|Nobody knows)/);
  }
}

/** Of the staged calls, the first ones of the answer's team, in its order, and of no other team. */
function assertCommitted({ world, fold }: CrashingRun, { teams }: Scenario): void {
  for (const index of teams.keys()) {
    const team = `team-${index + 1}`;
    const staged = fold.stagedBy(team).map(({ key }) => fold.effect(commitOf(key)));
    if (team !== fold.basis) {
      assert.ok(staged.every((effect) => effect === undefined));
      continue;
    }
    const states = staged.map((effect) => effect?.state);
    const performed = states.filter((state) => state === "performed").length;
    assert.ok(states.slice(0, performed).every((state) => state === "performed"));
    assert.ok([undefined, "failed", "refused"].includes(states[performed]), String(states));
    assert.ok(
      states.slice(performed + 1).every((state) => state === "skipped"),
      String(states),
    );
    assert.equal(fold.summary() === "failed", states.length > performed || hasRefusedPermit(fold.effects));
    const order = staged.flatMap((effect) => (effect?.state === "performed" ? [effect.idempotencyKey] : []));
    assert.deepEqual(
      world.order.filter((key) => order.includes(key)),
      order,
    );
  }
}

function hasRefusedPermit(effects: readonly EffectRecord[]): boolean {
  return effects.some(({ state, grounds }) => grounds === "permit" && state === "refused");
}
