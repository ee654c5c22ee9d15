import assert from "node:assert/strict";
import { test } from "node:test";
import { isRoot, runAsOrdinaryUser } from "../ordinary-user.ts";

// Whoever is no root has shown it by the suite itself.
if (isRoot) {
  test("G4: the sandbox holds for an ordinary user as well", { timeout: 90_000 }, async () => {
    const { code, output } = await runAsOrdinaryUser("test/contract/sandbox.test.ts");
    assert.equal(code, 0, output);
    assert.match(output, /^# fail 0$/m);
    assert.doesNotMatch(output, /^# pass 0$/m);
  });
}
