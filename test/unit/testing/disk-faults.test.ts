import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { functionTeam, M1Error, race, resume, type TeamContext } from "../../../src/index.ts";
import { diskWith, fullAt, type DiskWrite } from "../../../src/testing/index.ts";

const reporting = async ({ steps }: TeamContext): Promise<string> => {
  for (const turn of [1, 2]) await steps.report({ type: "turn-started", turn });
  return "42";
};
const teams = [functionTeam("reporting", reporting)];

function newDataDir(t: { after(work: () => void): void }): string {
  const dataDir = mkdtempSync(join(tmpdir(), "m1p-faults-"));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

test("every write of a run is told before and after it, by number and kind", async (t) => {
  const writes: DiskWrite[] = [];
  const store = diskWith((write) => void writes.push(write));
  await race({ task: "?", teams, dataDir: newDataDir(t), store }).receipt;
  const numbers = [...new Set(writes.map(({ number }) => number))];
  assert.deepEqual(
    numbers,
    Array.from({ length: writes.length / 2 }, (_, index) => index + 1),
  );
  assert.deepEqual([writes[0]?.kind, writes.at(-1)?.kind], ["create", "close"]);
  assert.ok(writes.some(({ kind }) => kind === "commit"));
});

test("S1, R1: a disk that is full at any one write ends the run with a sentence; once there is room it goes on", async (t) => {
  for (let number = 2; ; number += 1) {
    const dataDir = newDataDir(t);
    const run = race({ task: "?", teams, dataDir, store: diskWith(fullAt(number)) });
    const end: unknown = await run.receipt.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!end) return assert.ok(number > 6, `only ${number} writes`);
    assert.equal(end instanceof M1Error ? end.code : end, "log-disk", `full at ${number}`);
    const again = resume({ run: "last", teams, dataDir });
    const outcome = await again.receipt.then(
      ({ answer }) => answer,
      (error: unknown) => (error instanceof M1Error ? error.code : String(error)),
    );
    assert.equal(outcome, number <= 3 ? "run-unknown" : "42", `full at ${number}`);
  }
});
