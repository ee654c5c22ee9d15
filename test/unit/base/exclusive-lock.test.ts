import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { realClock } from "../../../src/base/clock.ts";
import { Cancelled } from "../../../src/base/errors.ts";
import { withExclusiveLock } from "../../../src/base/exclusive-lock.ts";

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
      const holder = spawn(process.execPath, [path.join(import.meta.dirname, "../../fixtures/lock-holder.ts"), file], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(holder.stdout, "data");
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
