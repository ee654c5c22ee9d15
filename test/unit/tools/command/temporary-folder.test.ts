import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { withTemporaryFolder } from "../../../../src/tools/command/temporary-folder.ts";

test("teams whose commands come and go at the same moment have their temporary folders each, and leave none", async (t) => {
  const root = mkdtempSync(path.join(tmpdir(), "m1p-temporary-"));
  t.after(() => rmSync(root, { recursive: true }));
  const teams = Array.from({ length: 8 }, (_, index) => path.join(root, "tmp", `team-${index + 1}`));
  let seen = 0;
  const comeAndGo = async (folder: string) => {
    for (let time = 0; time < 100; time += 1) {
      await withTemporaryFolder(folder, async () => {
        assert.ok(existsSync(folder));
        seen += 1;
        await Promise.resolve();
      });
    }
  };
  await Promise.all(teams.map(comeAndGo));
  assert.equal(seen, 800);
  assert.deepEqual(readdirSync(root), []);
});
