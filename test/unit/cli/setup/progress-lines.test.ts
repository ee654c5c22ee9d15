import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLines } from "../../../../src/cli/setup/progress-lines.ts";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { localModels } from "../../../../src/model/local-weights.ts";

test("progress is a line every few seconds, with how far and how fast, and a last one", async () => {
  const [model] = localModels;
  assert.ok(model);
  const clock = new VirtualClock();
  const said: string[] = [];
  const tell = progressLines((text) => said.push(text), clock);
  tell({ kind: "note", model, text: "From somewhere" });
  for (const received of [0, 10e6, 20e6, 30e6, 40e6, 50e6]) {
    tell({ kind: "bytes", model, received, total: 50e6 });
    await clock.advance(1_000);
  }
  assert.deepEqual(said, ["From somewhere", "30 of 50 MB (60%), 10 MB a second", "50 of 50 MB (100%), 10 MB a second"]);
});
