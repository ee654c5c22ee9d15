import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { removeFolder } from "../../../../src/tools/workspace/remove-entry.ts";

test("several that remove the same folder at the same time are in nobody's way, and nothing of it is left", async (t) => {
  const root = mkdtempSync(path.join(tmpdir(), "m1p-remove-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const place = path.join(root, "run");
  for (let folder = 0; folder < 40; folder += 1) {
    const inner = path.join(place, `folder-${folder}`, "inner");
    mkdirSync(inner, { recursive: true });
    for (let file = 0; file < 30; file += 1) writeFileSync(path.join(inner, `file-${file}`), "");
  }
  await Promise.all(Array.from({ length: 4 }, () => removeFolder(place)));
  assert.equal(existsSync(place), false);
  // What is not there is removed already.
  await removeFolder(place);
});
