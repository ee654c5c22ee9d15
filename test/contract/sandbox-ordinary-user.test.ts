import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

/** An id that is nobody's, for a person without rights. */
const ORDINARY = 12_345;
const CHECKOUT = path.resolve(import.meta.dirname, "../..");
const isRoot = process.platform === "linux" && process.getuid?.() === 0;

// Whoever is no root has shown it by the suite itself.
if (isRoot) {
  test("G4: the sandbox holds for an ordinary user as well", { timeout: 90_000 }, async () => {
    const home = await mkdtemp(path.join(tmpdir(), "m1p-ordinary-"));
    try {
      await chown(home, ORDINARY, ORDINARY);
      const { code, output } = await runAsOrdinary(home, "test/contract/sandbox.test.ts");
      assert.equal(code, 0, output);
      assert.match(output, /^# fail 0$/m);
      assert.doesNotMatch(output, /^# pass 0$/m);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
}

/** The checkout may lie where only root can go, so the user finds it under its own home, in a mount of its own. */
async function runAsOrdinary(home: string, file: string): Promise<{ code: number; output: string }> {
  const mounted = path.join(home, "checkout");
  await mkdir(mounted);
  const there = (name: string) => path.join(mounted, path.relative(CHECKOUT, name));
  const node = process.execPath.startsWith(CHECKOUT) ? there(process.execPath) : process.execPath;
  const identity = [`--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, "--clear-groups"];
  const program = [node, "--test", "--test-reporter=tap", path.join(mounted, file)];
  const script = 'mount --bind "$0" "$1" && shift && exec "$@"';
  const command = ["-m", "sh", "-c", script, CHECKOUT, mounted, "setpriv", ...identity, ...program];
  const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: home };
  return new Promise((resolve) => {
    execFile("unshare", command, { env, cwd: home }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: stdout + stderr });
    });
  });
}
