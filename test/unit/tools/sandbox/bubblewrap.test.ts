import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { processesOf } from "../../../crash/leftovers.ts";

const PARENT = path.join(import.meta.dirname, "../../../fixtures/stuck-sandbox-parent.ts");

test("R3, S3: a bwrap that is still being made when we are killed is ended as well", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const parent = spawn(process.execPath, [PARENT, `62.5${process.pid}`], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: folder },
  });
  await once(parent.stdout, "data");
  parent.kill("SIGKILL");
  await once(parent, "exit");
  assert.deepEqual(await processesOf(`62.5${process.pid}`), []);
});
