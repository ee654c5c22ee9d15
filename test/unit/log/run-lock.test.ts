import assert from "node:assert/strict";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { UsageError } from "../../../src/base/errors.ts";
import { newTemporaryName } from "../../../src/base/ids.ts";
import { isRunLocked, lockRun } from "../../../src/log/run-lock.ts";
import { RUN, RunFolder } from "./run-folder.ts";

suite("the lock of a run", () => {
  test("L1: one process works on a run; a second is told which one does, at once", (t) => {
    const { directory } = new RunFolder(t);
    const lock = lockRun(directory);
    assert.equal(isRunLocked(directory), true);
    const busy = (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.code, "run-busy");
      const who = `pid ${process.pid} on ${hostname()}`;
      assert.equal(error.message, `Another process is working on this run (${who}): ${RUN}.`);
      return true;
    };
    assert.throws(() => lockRun(directory), busy);
    lock.release();
    assert.equal(isRunLocked(directory), false);
    using again = lockRun(directory);
    assert.ok(again);
    writeFileSync(join(directory, "run.lock.holder"), "?");
    assert.throws(() => lockRun(directory), { message: `Another process is working on this run: ${RUN}.` });
  });

  test("L1: it may be taken before there is a log; its files are its owner's only", (t) => {
    const before = process.umask(0);
    t.after(() => process.umask(before));
    const folder = new RunFolder(t);
    using lock = lockRun(folder.directory);
    assert.ok(lock);
    folder.create();
    assert.equal(statSync(folder.directory).mode & 0o777, 0o700);
    for (const name of ["run.lock", "run.lock.holder"])
      assert.equal(statSync(join(folder.directory, name)).mode & 0o777, 0o600, name);
  });

  test("S3: whoever takes it removes what a killed process left half-written, and nothing else", (t) => {
    const { directory } = new RunFolder(t);
    const blobs = join(directory, "blobs");
    mkdirSync(join(blobs, "ab"), { recursive: true });
    const kept = [join(directory, "log.db"), join(blobs, "ab", newTemporaryName()), join(blobs, ".of-a-person.tmp")];
    for (const file of kept) writeFileSync(file, "whole");
    for (const folder of [directory, blobs]) writeFileSync(join(folder, newTemporaryName()), "half");
    lockRun(directory).release();
    const left = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "run.lock")
      .map((entry) => join(entry.parentPath, entry.name));
    assert.deepEqual(left.toSorted(), kept.toSorted());
  });

  test("looking makes nothing: neither the folder nor the lock", (t) => {
    const folder = new RunFolder(t);
    assert.equal(isRunLocked(folder.directory), false);
    assert.deepEqual(readdirSync(folder.dataDirectory), []);
  });
});
