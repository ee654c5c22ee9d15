import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { realClock } from "../../../../src/base/clock.ts";
import { UsageError } from "../../../../src/base/errors.ts";
import { openSandbox, sandboxVerdict } from "../../../../src/tools/sandbox/open-sandbox.ts";
import { explainSandboxFailure } from "../../../../src/tools/sandbox/sandbox-failure.ts";

const toolchain = { node: process.execPath };
const onLinux = { skip: process.platform !== "linux" };

async function withFakeBwrap(script: string, work: (environment: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "m1p-fake-"));
  try {
    await writeFile(path.join(folder, "bwrap"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await work({ PATH: `${folder}:/usr/bin:/bin` });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function probesOfTheMoment(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith("m1p-probe-"));
}

suite("opening the sandbox", () => {
  test("G4: without bubblewrap it refuses and says what to install", onLinux, async () => {
    const opening = openSandbox({ toolchain, clock: realClock, environment: { PATH: "/nonexistent" } });
    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.code, "sandbox-missing");
      assert.match(`${error.message} ${error.hint}`, /bubblewrap.*npm run setup.*--unsafe-host-exec/s);
      return true;
    });
  });

  test("G4: where namespaces are forbidden it refuses, in words of its own", onLinux, async () => {
    const complaint = "bwrap: setting up uid map: Permission denied";
    await withFakeBwrap(`echo '${complaint}' >&2; exit 1`, async (environment) => {
      const opening = openSandbox({ toolchain, clock: realClock, environment });
      await assert.rejects(opening, (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.code, "sandbox-missing");
        assert.match(error.message, /forbids making namespaces.*uid map: Permission denied/);
        assert.match(error.hint ?? "", /apparmor_restrict_unprivileged_userns/);
        return true;
      });
    });
  });

  test("a bwrap that ends silently is no sandbox", onLinux, async () => {
    await withFakeBwrap("exit 0", async (environment) => {
      const verdict = await sandboxVerdict(environment);
      assert.equal(verdict.ready, false);
    });
  });

  test(
    "S3: the look uses a folder of the cache, so that a kill leaves none behind; where that is closed, one of the moment",
    onLinux,
    async (t) => {
      const folder = await mkdtemp(path.join(tmpdir(), "m1p-test-"));
      t.after(() => rm(folder, { recursive: true, force: true }));
      await writeFile(path.join(folder, "closed"), "");
      const before = await probesOfTheMoment();
      for (const [cache, entries] of [
        ["open", ["sandbox-probe"]],
        ["closed/off", []],
      ] as const) {
        // Each search path is looked at once; this one is its own.
        const PATH = `${path.join(folder, cache)}:/usr/bin:/bin`;
        const verdict = await sandboxVerdict({ PATH, M1P_CACHE_DIR: path.join(folder, cache) });
        assert.equal(verdict.ready, true, JSON.stringify(verdict));
        assert.deepEqual(await readdir(path.join(folder, cache)).catch(() => []), entries);
      }
      assert.deepEqual(await probesOfTheMoment(), before);
    },
  );

  test("the machine is looked at once in a process", () => {
    assert.equal(sandboxVerdict({ PATH: "/nonexistent" }), sandboxVerdict({ PATH: "/nonexistent" }));
  });

  test("without a PATH it is looked for in the usual places, by all who ask", onLinux, async () => {
    assert.equal(sandboxVerdict({}), sandboxVerdict({ PATH: "" }));
    assert.equal((await sandboxVerdict({})).ready, (await sandboxVerdict({ PATH: "/usr/bin:/bin" })).ready);
  });

  test("known complaints are explained by their cause", () => {
    const problems = [
      "bwrap: No permissions to create new namespace, likely because the kernel does not allow it",
      "bwrap: Can't mount proc on /newroot/jail/proc: Operation not permitted",
      "m1p: 1: exec: prlimit: not found",
      "something else",
    ].map((complaint) => explainSandboxFailure(complaint).problem);
    const causes = [/namespaces/, /container/, /prlimit/, /does not start/];
    for (const [index, cause] of causes.entries()) assert.match(problems[index] ?? "", cause);
  });

  test("without a sandbox only by name", async () => {
    const options = { toolchain, clock: realClock, environment: { PATH: "/nonexistent" } };
    assert.equal((await openSandbox({ ...options, unsafeHostExec: true })).kind, "unsafe-host-exec");
  });
});
