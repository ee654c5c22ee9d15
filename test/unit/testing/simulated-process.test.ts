import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CancelScope } from "../../../src/base/abort.ts";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { RunEvent } from "../../../src/events/run-event.ts";
import { FaultyModel, MortalProcess, ScriptedModel, SimulatedDisk } from "../../../src/testing/index.ts";
import type { ModelFault, SimulatedDiskFault } from "../../../src/testing/index.ts";

const event: RunEvent = { type: "cancel-requested", reason: "test" };

suite("a process that may die", () => {
  test("its timers go with it, and what it follows never comes", async () => {
    const clock = new VirtualClock();
    const process = new MortalProcess(clock);
    const heard: string[] = [];
    process.clock.timer(1, () => heard.push("before"));
    process.clock.timer(3, () => heard.push("after"));
    void process.follow(Promise.resolve()).then(() => heard.push("heard"));
    await clock.advance(2);
    const late = Promise.withResolvers<void>();
    void process.follow(late.promise).then(() => heard.push("late"));
    assert.equal(process.pending, 1);
    process.die();
    process.clock.timer(1, () => heard.push("never"));
    late.resolve();
    await clock.advance(10);
    await process.death;
    assert.deepEqual(heard, ["heard", "before"]);
    assert.deepEqual([process.pending, clock.pending, process.alive], [0, 0, false]);
  });
});

suite("a disk in memory", () => {
  /** A disk on which the next write of the log goes as told. */
  async function diskWith(fault: SimulatedDiskFault) {
    const clock = new VirtualClock();
    const durable: string[] = [];
    const disk = new SimulatedDisk({ runId: "run", onDurable: ({ scope }) => durable.push(scope) });
    const process = new MortalProcess(clock);
    let next: SimulatedDiskFault | undefined;
    const log = disk.open({
      process,
      fault: () => {
        const now = next;
        next = undefined;
        return now;
      },
    });
    const writer = await log.acquire("run");
    next = fault;
    const ended = { as: "open" };
    writer.append([event]).then(
      () => (ended.as = "resolved"),
      (error: Error) => (ended.as = error.name),
    );
    await clock.advance(5);
    const other = disk.open({ process: new MortalProcess(clock) });
    return { process, durable, ended: () => ended.as, events: [...other.read()].length };
  }

  test("one that refuses stores nothing; a busy one is tried again", async () => {
    const refused = await diskWith("refused");
    assert.deepEqual([refused.ended(), refused.events, refused.durable], ["M1Error", 0, []]);
    const busy = await diskWith("busy");
    assert.deepEqual([busy.ended(), busy.events, busy.durable], ["resolved", 1, ["run"]]);
  });

  test("a process dies before a write, and nothing is stored, or after it, and all is", async () => {
    const before = await diskWith("dies-before");
    assert.deepEqual([before.process.alive, before.events], [false, 0]);
    const after = await diskWith("dies-after");
    assert.deepEqual([after.process.alive, after.events, after.durable], [false, 1, ["run"]]);
  });

  test("reads are refused where the test says so, and blobs outlive the process that put them", async () => {
    const clock = new VirtualClock();
    const disk = new SimulatedDisk({ runId: "run" });
    const first = new MortalProcess(clock);
    const id = await disk.open({ process: first }).blobs.put(Buffer.from("kept"));
    first.die();
    const second = disk.open({ process: new MortalProcess(clock) });
    assert.equal(Buffer.from(await second.blobs.get(id)).toString(), "kept");
    const broken = disk.open({ process: new MortalProcess(clock), refusesRead: () => true });
    assert.throws(() => [...broken.read()], { code: "log-disk" });
    await assert.rejects(broken.blobs.get(id), { code: "log-disk" });
  });
});

suite("a model with faults", () => {
  async function asked(fault: ModelFault | undefined, abortAfter?: number) {
    const clock = new VirtualClock();
    const scope = new CancelScope();
    const model = new FaultyModel({ model: new ScriptedModel(["fine"]), clock, fault: () => fault });
    const ended = { as: "open" };
    model.stream([{ role: "user", content: "?" }], { format: { kind: "text" } }, { signal: scope.signal }).then(
      ({ text }) => (ended.as = text),
      (error: unknown) => (ended.as = error instanceof Error && "code" in error ? String(error.code) : String(error)),
    );
    if (abortAfter !== undefined) clock.timer(abortAfter, () => scope.cancel());
    await clock.advance(50);
    return ended.as;
  }

  test("fails as endpoints and networks do", async () => {
    assert.equal(await asked(undefined), "fine");
    assert.equal(await asked({ kind: "slow", milliseconds: 40 }), "fine");
    assert.equal(await asked({ kind: "slow", milliseconds: 60 }), "open");
    assert.equal(await asked({ kind: "status", status: 429, retryAfterSeconds: 3 }), "model-http");
    assert.equal(await asked({ kind: "reset" }), "model-network");
    assert.equal(await asked({ kind: "cut" }), "model-stream-cut");
    assert.equal(await asked({ kind: "hang" }), "open");
    assert.equal(await asked({ kind: "hang" }, 10), "cancelled");
    assert.equal(await asked({ kind: "deaf" }, 10), "open");
  });
});
