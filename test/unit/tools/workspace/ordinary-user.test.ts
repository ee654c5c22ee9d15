import assert from "node:assert/strict";
import { test } from "node:test";
import { isRoot, runAsOrdinaryUser } from "../../../ordinary-user.ts";

// Whoever is no root has shown it by the suites themselves.
if (isRoot) {
  for (const name of ["snapshot", "restore", "import-folder", "diff-snapshots", "workspace"]) {
    test(`S3: workspaces hold for an ordinary user as well: ${name}`, { timeout: 90_000 }, async () => {
      const { code, output } = await runAsOrdinaryUser(`test/unit/tools/workspace/${name}.test.ts`);
      assert.equal(code, 0, output);
      assert.match(output, /^# fail 0$/m);
      assert.doesNotMatch(output, /^# pass 0$/m);
    });
  }
}
