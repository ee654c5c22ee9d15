import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { FORMAT_VERSION } from "../../../../src/events/run-event.ts";
import { readRecordedRace } from "../../../../src/cli/replay/recorded-race.ts";

test("the recorded race that comes with us is a whole race, decided by an answer", () => {
  const events = readRecordedRace();
  assert.equal(events[0]?.type, "run-started");
  assert.equal(events.at(-1)?.type, "run-finished");
  const decided = events.find((event) => event.type === "race-decided");
  assert.match(decided?.answer ?? "", /southeast/i);
});

test("L5: a recording of an older version gives today's events, one of a newer is refused", (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-recording-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "race.jsonl");
  const [first] = readRecordedRace();
  writeFileSync(file, JSON.stringify({ ...first, formatVersion: 1 }));
  assert.deepEqual(readRecordedRace(file), [{ ...first, formatVersion: FORMAT_VERSION }]);
  writeFileSync(file, JSON.stringify({ ...first, formatVersion: 99 }));
  assert.throws(() => readRecordedRace(file), { code: "log-newer", message: /race\.jsonl was written by a newer/ });
});

test("a line that is no event of a run is named", (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-recording-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "race.jsonl");
  const [first] = readRecordedRace();
  writeFileSync(file, `${JSON.stringify(first)}\n{"type":"weather"}\n`);
  assert.throws(() => readRecordedRace(file), { code: "recording-broken", message: /^Line 2 of/ });
});
