import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { suite, test } from "node:test";
import { realClock } from "../../../src/base/clock.ts";
import { Cancelled } from "../../../src/base/errors.ts";
import {
  isExclusivelyLocked,
  lockHolder,
  tryExclusiveLock,
  withExclusiveLock,
} from "../../../src/base/exclusive-lock.ts";

async function withLockFile(work: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "m1p-lock-"));
  try {
    await work(path.join(folder, "inner", "x.lock"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

suite("exclusive lock", () => {
  test("one at a time; who waits is told once; a failure frees it", async () => {
    await withLockFile(async (file) => {
      const order: string[] = [];
      const release = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const first = withExclusiveLock(file, { clock: realClock }, async () => {
        held.resolve();
        await release.promise;
        order.push("first");
        throw new Cancelled("broken", "It broke.");
      });
      await held.promise;
      const onWait = () => {
        order.push("waits");
        release.resolve();
      };
      const second = withExclusiveLock(file, { clock: realClock, onWait }, async () => void order.push("second"));
      await assert.rejects(first, /It broke/);
      await second;
      assert.deepEqual(order, ["waits", "first", "second"]);
    });
  });

  test("an abort ends the waiting with its reason", async () => {
    await withLockFile(async (file) => {
      const abort = new AbortController();
      const reason = new Cancelled("stop", "Stop.");
      await withExclusiveLock(file, { clock: realClock }, async () => {
        const onWait = () => abort.abort(reason);
        const waiting = withExclusiveLock(file, { clock: realClock, signal: abort.signal, onWait }, () =>
          Promise.resolve(),
        );
        await assert.rejects(waiting, (error) => error === reason);
      });
    });
  });

  test("a holder that is killed leaves no lock behind", async () => {
    await withLockFile(async (file) => {
      const holder = await lockHolderProcess(file);
      const told = Promise.withResolvers<void>();
      const waiting = withExclusiveLock(file, { clock: realClock, onWait: told.resolve }, () =>
        Promise.resolve("mine"),
      );
      await told.promise;
      holder.kill("SIGKILL");
      assert.equal(await waiting, "mine");
    });
  });
});

suite("exclusive lock, tried once", () => {
  test("one has it until it lets go; letting go twice frees nobody else's", async () => {
    await withLockFile(async (file) => {
      await mkdir(path.dirname(file));
      assert.equal(isExclusivelyLocked(file), false);
      const first = tryExclusiveLock(file);
      assert.ok(first);
      assert.equal(tryExclusiveLock(file), undefined);
      assert.equal(isExclusivelyLocked(file), true);
      assert.deepEqual(lockHolder(file), { pid: process.pid, host: hostname() });
      first.release();
      assert.equal(isExclusivelyLocked(file), false);
      assert.equal(lockHolder(file), undefined);
      using second = tryExclusiveLock(file);
      assert.ok(second);
      first.release();
      assert.equal(tryExclusiveLock(file), undefined);
      assert.equal(isExclusivelyLocked(file), true);
    });
  });

  test("it is the same lock that others wait for", async () => {
    await withLockFile(async (file) => {
      await withExclusiveLock(file, { clock: realClock }, async () => assert.equal(tryExclusiveLock(file), undefined));
      const lock = tryExclusiveLock(file);
      const waiting = withExclusiveLock(file, { clock: realClock, onWait: () => lock?.release() }, async () => "mine");
      assert.equal(await waiting, "mine");
    });
  });

  test("another process's lock is seen, with who has it, and is free when that is killed", async () => {
    await withLockFile(async (file) => {
      await mkdir(path.dirname(file));
      const holder = await lockHolderProcess(file, "try");
      assert.equal(tryExclusiveLock(file), undefined);
      assert.equal(isExclusivelyLocked(file), true);
      assert.deepEqual(lockHolder(file), { pid: holder.pid, host: hostname() });
      const gone = once(holder, "exit");
      holder.kill("SIGKILL");
      await gone;
      assert.equal(isExclusivelyLocked(file), false);
      using lock = tryExclusiveLock(file);
      assert.ok(lock);
      assert.equal(lockHolder(file)?.pid, process.pid, "the dead one's name is replaced");
    });
  });

  test("who only looks takes it from nobody", async () => {
    await withLockFile(async (file) => {
      await mkdir(path.dirname(file));
      tryExclusiveLock(file)?.release();
      using looking = new DatabaseSync(file, { readOnly: true });
      looking.exec("BEGIN");
      looking.prepare("SELECT 1 FROM sqlite_master").get();
      assert.equal(tryExclusiveLock(file), undefined, "it is in the way for as long as it looks");
      looking.exec("COMMIT");
      using lock = tryExclusiveLock(file);
      assert.ok(lock);
    });
  });

  test("where no lock can be had, or who has it is not said, there is a sentence or nothing", async () => {
    await withLockFile(async (file) => {
      assert.throws(() => tryExclusiveLock(file), { code: "lock-failed", message: /x\.lock cannot be taken/ });
      await mkdir(file, { recursive: true });
      assert.throws(() => tryExclusiveLock(file), { code: "lock-failed" });
      assert.throws(() => isExclusivelyLocked(file), { code: "lock-failed" });
      for (const said of ["", "{", "null", '{"pid":"1","host":"h"}', '{"pid":1}']) {
        await writeFile(`${file}.holder`, said);
        assert.equal(lockHolder(file), undefined);
      }
    });
  });
});

async function lockHolderProcess(file: string, how = "wait") {
  const program = path.join(import.meta.dirname, "../../fixtures/lock-holder.ts");
  const holder = spawn(process.execPath, [program, file, how], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  return holder;
}
