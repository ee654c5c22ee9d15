import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { FORMAT_VERSION, runEventSchema } from "../../../src/events/run-event.ts";
import { fromVersion1 } from "../../../src/events/upcast/from-version-1.ts";
import { declaredVersion, Upcaster } from "../../../src/events/upcast/upcaster.ts";

const start = {
  type: "run-started",
  formatVersion: 1,
  engineVersion: "0.1.0",
  promptVersion: "3",
  runId: "run-1",
  task: { prompt: "?", files: [] },
  teams: [{ team: "team-1", kind: "function", models: [], tools: [] }],
  policy: { name: "all", need: null, accept: "answered" },
  limits: {},
  seed: "s",
  rehearsal: false,
};
const launch = { type: "team-launched", team: "team-1" };
const resumed = { type: "run-resumed", formatVersion: FORMAT_VERSION, engineVersion: "0.2.0", promptVersion: "4" };

suite("upcasting", () => {
  test("L5: a run of version 1 starts as one of today's; what it did not record stays absent", () => {
    const upcast = new Upcaster("The log").upcast(start);
    assert.deepEqual(upcast, { ...start, formatVersion: FORMAT_VERSION });
    assert.ok(runEventSchema.safeParse(upcast).success);
    assert.equal(start.formatVersion, 1, "the stored event is untouched");
  });

  test("L5: version 2 changed no other event of version 1", () => {
    assert.deepEqual(fromVersion1(start), { ...start, formatVersion: 2 });
    assert.equal(fromVersion1(launch), launch);
  });

  test("L5: there is a step from every version before today's", () => {
    for (let version = 1; version <= FORMAT_VERSION; version += 1) {
      const upcast = new Upcaster("The log").upcast({ ...start, formatVersion: version });
      assert.deepEqual(upcast, { ...start, formatVersion: FORMAT_VERSION }, `from version ${version}`);
    }
  });

  test("L5: what was brought up to date once is not changed by doing it again", () => {
    const once = [start, launch, resumed].map((event) => new Upcaster("The log", 1).upcast(event));
    const again = new Upcaster("The log");
    assert.deepEqual(
      once.map((event) => again.upcast(event)),
      once,
    );
  });

  test("L5: a newer version is refused at the event that declares it, at the start or at a resume", () => {
    const refused = {
      code: "log-newer",
      message: `The log was written by a newer m1-parallel: it has events of version 99, and this one knows them up to ${FORMAT_VERSION}.`,
    };
    assert.throws(() => new Upcaster("The log").upcast({ ...start, formatVersion: 99, teams: "who knows" }), refused);
    const upcaster = new Upcaster("The log");
    upcaster.upcast(start);
    assert.throws(() => upcaster.upcast({ type: "run-resumed", formatVersion: 99 }), refused);
    assert.throws(() => upcaster.upcast(launch), refused, "nor is anything after it read");
  });

  test("a version is declared by a start and a resume alone, and by a number", () => {
    assert.equal(declaredVersion(start), 1);
    assert.equal(declaredVersion(resumed), FORMAT_VERSION);
    for (const event of [
      launch,
      { ...launch, formatVersion: 99 },
      { ...start, formatVersion: "9" },
      null,
      "x",
      [start],
    ])
      assert.equal(declaredVersion(event), undefined);
  });
});
