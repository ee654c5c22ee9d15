import assert from "node:assert/strict";
import { test } from "node:test";
import { isRoot, runAsOrdinaryUser } from "../../../ordinary-user.ts";

// Whoever is no root has shown it by the suites themselves.
if (isRoot) {
  for (const file of ["test/unit/tools/command/command-tool.test.ts", "test/unit/run/judging/command-check.test.ts"]) {
    test(
      `R3: commands run, are checked and die for an ordinary user as well: ${file}`,
      { timeout: 90_000 },
      async () => {
        const { code, output } = await runAsOrdinaryUser(file);
        assert.equal(code, 0, output);
        assert.match(output, /^# fail 0$/m);
        assert.doesNotMatch(output, /^# pass 0$/m);
      },
    );
  }
}
