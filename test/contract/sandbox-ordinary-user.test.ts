import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { accessSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

/** An id that is nobody's, for a person without rights. */
const ORDINARY = 12_345;
const asRoot = process.platform === "linux" && process.getuid?.() === 0;

test("G4: the sandbox holds for an ordinary user as well", { skip: !asRoot, timeout: 90_000 }, async (context) => {
  if (!reachable(import.meta.dirname)) return context.skip("the checkout is in a folder that only root can enter");
  const home = await mkdtemp(path.join(tmpdir(), "m1p-ordinary-"));
  try {
    await chown(home, ORDINARY, ORDINARY);
    const { code, output } = await runAsOrdinary(home, path.join(import.meta.dirname, "sandbox.test.ts"));
    assert.equal(code, 0, output);
    assert.match(output, /^# fail 0$/m);
    assert.doesNotMatch(output, /^# pass 0$/m);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

function runAsOrdinary(home: string, file: string): Promise<{ code: number; output: string }> {
  const identity = [`--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, "--clear-groups"];
  const program = [process.execPath, "--test", "--test-reporter=tap", file];
  const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: home };
  return new Promise((resolve) => {
    execFile("setpriv", [...identity, ...program], { env, cwd: home }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: stdout + stderr });
    });
  });
}

/** Whether everybody may enter all folders above. */
function reachable(folder: string): boolean {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) {
    try {
      accessSync(at);
    } catch {
      return false;
    }
  }
  return true;
}
