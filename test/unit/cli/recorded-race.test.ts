import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { readRecordedRace } from "../../../src/cli/recorded-race.ts";

test("the recorded race that comes with us is a whole race, decided by an answer", () => {
  const events = readRecordedRace();
  assert.equal(events[0]?.type, "run-started");
  assert.equal(events.at(-1)?.type, "run-finished");
  const decided = events.find((event) => event.type === "race-decided");
  assert.match(decided?.answer ?? "", /southeast/i);
});

test("a line that is no event of a run is named", (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-recording-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "race.jsonl");
  const [first] = readRecordedRace();
  writeFileSync(file, `${JSON.stringify(first)}\n{"type":"weather"}\n`);
  assert.throws(() => readRecordedRace(file), { code: "recording-broken", message: /^Line 2 of/ });
});
