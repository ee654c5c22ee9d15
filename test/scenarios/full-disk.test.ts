import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fillDisk, runOnSmallDisk, smallDisk } from "../small-disk.ts";
import { m1pHere, modelsOf, scriptedServer } from "./support.ts";

const sim = { rounds: 3, participants: ["Coder", "ComputerTerminal"], answer: "42", latency_ms: 2 };
const disk = smallDisk();

if (disk === undefined) {
  test("L2: m1p on a full disk", { timeout: 120_000 }, async (t) => {
    const { mounted, failed, output } = await runOnSmallDisk(import.meta.url, 4 * 2 ** 20);
    // Not skipped: what the log does is shown all the same, by a limit on the size of files.
    if (!mounted) return t.diagnostic(`No small disk can be mounted here: ${output.trim()}; see processes.test.ts`);
    assert.equal(failed, false, output);
    assert.match(output, /^# pass [1-9]/m);
  });
} else {
  // From one on which nothing can begin to one with room for all of it.
  for (const room of [0, 40_000, 80_000, 120_000, 180_000, 250_000, 320_000, 1_000_000]) {
    test(`L2: a run with ${room} bytes of disk ends with its answer or a sentence, and what was kept is shown`, async (t) => {
      for (const name of readdirSync(disk)) rmSync(path.join(disk, name), { recursive: true });
      const server = await scriptedServer(t, { models: { sim } });
      fillDisk(disk, room);
      const run = await m1pHere(t, ["solve", "six?", "-k", "2", "-m", modelsOf(server, "sim", 2)], { dataDir: disk });
      if (run.exitCode !== 0) {
        assert.equal(run.exitCode, 1);
        assert.match(run.stderr, /^m1p: .*(?:full|no space left|no room).*\n {2}See whether the disk is full/im);
        assert.doesNotMatch(run.stderr, /^\s+at /m, "no stack");
      }
      if (room <= 80_000 || room === 1_000_000) assert.equal(run.exitCode, room > 80_000 ? 0 : 1, run.stderr);
      const list = await m1pHere(t, ["runs", "--json"], { dataDir: disk });
      assert.equal(list.exitCode, 0, list.stderr);
      if (list.stdout === "") return;
      const shown = await m1pHere(t, ["show", "last", "--json"], { dataDir: disk });
      assert.equal(shown.exitCode, 0, shown.stderr);
      const outcome = (JSON.parse(list.stdout) as { outcome: string }).outcome;
      assert.equal(outcome, shown.events.at(-1)?.type === "run-finished" ? "answered" : "interrupted");
    });
  }
}
