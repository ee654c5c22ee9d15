import assert from "node:assert/strict";
import { test } from "node:test";
import { M1Error } from "../../../src/base/errors.ts";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import { GroupCommit, StoreBusy, type CommitJob } from "../../../src/log/group-commit.ts";

interface Job extends CommitJob {
  readonly name: string;
}

/** Commits that happen when the test says so, recording each batch. */
function rig(commit: (batch: readonly Job[]) => void = () => {}) {
  const clock = new VirtualClock();
  const due: (() => void)[] = [];
  const batches: string[][] = [];
  const rejected: string[] = [];
  const commits = new GroupCommit<Job>({
    clock,
    soon: (callback) => due.push(callback),
    commit: (batch) => {
      commit(batch);
      batches.push(batch.map((job) => job.name));
    },
  });
  return {
    clock,
    commits,
    due,
    batches,
    rejected,
    add: (name: string, weight = 1) =>
      commits.add({ name, weight, reject: (error) => rejected.push(`${name}: ${(error as M1Error).code}`) }),
    turn: () => due.splice(0).forEach((callback) => callback()),
  };
}

test("L2: appends that come together share one commit", () => {
  const { add, turn, batches, due } = rig();
  for (const name of ["a", "b", "c"]) add(name);
  assert.equal(due.length, 1);
  turn();
  assert.deepEqual(batches, [["a", "b", "c"]]);
  assert.equal(due.length, 0, "nothing is due when nothing waits");
});

test("L2: a commit takes at most a weight of 64, and other work gets its turn between two commits", () => {
  const { add, turn, batches } = rig();
  for (let index = 0; index < 100; index += 1) add(String(index), 2);
  turn();
  assert.equal(batches.length, 1);
  turn();
  turn();
  turn();
  turn();
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [32, 32, 32, 4],
  );
  assert.deepEqual(
    batches.flat(),
    Array.from({ length: 100 }, (_, index) => String(index)),
  );
});

test("L2: an append larger than a batch is committed whole, alone", () => {
  const { add, turn, batches } = rig();
  add("small");
  add("large", 200);
  add("after");
  for (let times = 0; times < 3; times += 1) turn();
  assert.deepEqual(batches, [["small"], ["large"], ["after"]]);
});

test("L2: a commit that fails rejects its own appends and no other", () => {
  let broken = true;
  const { add, turn, batches, rejected } = rig(() => {
    if (broken) throw new M1Error("log-disk", "The disk is full.");
  });
  add("a", 40);
  add("b", 24);
  add("c");
  turn();
  broken = false;
  turn();
  assert.deepEqual(rejected, ["a: log-disk", "b: log-disk"]);
  assert.deepEqual(batches, [["c"]]);
});

test("while another process holds the log, appends wait off the event loop and lose nothing", async () => {
  let busy = 5;
  const { add, turn, batches, rejected, clock } = rig(() => {
    busy -= 1;
    if (busy > 0) throw new StoreBusy(undefined);
  });
  add("a");
  turn();
  add("b");
  assert.equal(clock.pending, 1);
  await clock.advance(1000);
  assert.deepEqual(batches, [["a", "b"]]);
  assert.deepEqual(rejected, []);
  assert.equal(clock.pending, 0);
});

test("a log that stays held fails the append after ten seconds, and the next one is tried anew", async () => {
  let held = true;
  const { add, turn, batches, rejected, clock } = rig(() => {
    if (held) throw new StoreBusy(undefined);
  });
  add("a");
  turn();
  await clock.advance(9_000);
  assert.deepEqual(rejected, []);
  await clock.advance(2_000);
  assert.deepEqual(rejected, ["a: log-busy"]);
  held = false;
  add("b");
  turn();
  assert.deepEqual(batches, [["b"]]);
  assert.equal(clock.pending, 0);
});

test("idle resolves when the last append that waits has been settled", async () => {
  const { add, turn, commits } = rig();
  await commits.idle();
  let idle = false;
  add("a", 64);
  add("b");
  const waiting = commits.idle().then(() => {
    idle = true;
  });
  turn();
  await Promise.resolve();
  assert.equal(idle, false);
  turn();
  await waiting;
});
