import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertApplies, findBug, plantedBugs } from "./planted-bugs.ts";

/** `npm run proof -- planted-bugs` has them all. */
const QUICK = ["decided-twice", "folder-not-restored", "permit-not-merged"];

suite("planted bugs", { timeout: 60_000 }, () => {
  test("each fits the sources as they are and says what it breaks", async () => {
    const bugs = plantedBugs();
    assert.ok(bugs.length >= 8);
    for (const bug of bugs) await assertApplies(bug);
  });

  for (const bug of plantedBugs().filter(({ name }) => QUICK.includes(name))) {
    test(`${bug.promise}: the simulation finds ${bug.name}`, async () => {
      const { seed, violation } = await findBug(bug, 300);
      assert.ok(seed !== undefined, "it is not found");
      assert.match(violation ?? "", new RegExp(`^${bug.promise}: `));
    });
  }
});
