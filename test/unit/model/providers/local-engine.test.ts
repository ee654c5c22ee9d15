import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { openLocalModel } from "../../../../src/model/providers/local-model.ts";
import { withoutLocalEngine } from "../without-local-engine.ts";

// This comes first: once the package was loaded, its name isn't looked up again.
test("without node-llama-cpp it says which command installs it", async (t) => {
  withoutLocalEngine(t);
  await assert.rejects(openLocalModel({ id: "local/x", path: "x.gguf" }, { sequences: 1 }), (error) => {
    assert.ok(error instanceof UsageError && error.code === "local-engine-missing");
    assert.match(error.hint ?? "", /npm install node-llama-cpp@3$/);
    return true;
  });
});

test("a file that is no model, or isn't there, is said to be unusable", async () => {
  const folder = await mkdtemp(join(tmpdir(), "m1p-weights-"));
  const file = join(folder, "broken.gguf");
  await writeFile(file, "not a model");
  for (const path of [file, join(folder, "nothing.gguf")])
    await assert.rejects(openLocalModel({ id: "local/x", path }, { sequences: 1 }), (error) => {
      assert.ok(error instanceof UsageError && error.code === "local-weights-unusable");
      assert.ok(error.message.includes(path) && error.hint);
      return true;
    });
  await rm(folder, { recursive: true });
});
