import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { systemPackages } from "../../../../src/cli/setup/system-packages.ts";
import { UsageError } from "../../../../src/base/errors.ts";

const onLinux = { skip: process.platform !== "linux" };
const { signal } = new AbortController();

/** A machine whose programs are these scripts; each also writes down how it was called. */
async function withMachine(
  programs: Readonly<Record<string, string>>,
  work: (environment: NodeJS.ProcessEnv, calls: () => Promise<string[]>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "m1p-machine-"));
  const log = path.join(folder, "calls");
  try {
    await writeFile(log, "");
    for (const [name, script] of Object.entries(programs)) {
      const text = `#!/bin/sh\necho "${name} $*" >> ${log}\n${script}\n`;
      await writeFile(path.join(folder, name), text, { mode: 0o755 });
    }
    const calls = async () => (await readFile(log, "utf8")).split("\n").filter((line) => /^(apt-get|dnf)/.test(line));
    await work({ PATH: folder }, calls);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function python(canMakeEnvironments: boolean): string {
  return `echo '{"version":"3.12.1","executable":"/x","basePrefix":"/x","canMakeEnvironments":${canMakeEnvironments}}'`;
}

const COMPLETE = { bwrap: "", prlimit: "", setpriv: "", python3: python(true) };
const SUDO = 'shift; exec "$@"';

suite("setup: the system's packages", onLinux, () => {
  test("where all is there, nothing is planned", async () => {
    await withMachine(COMPLETE, async (environment) => {
      assert.equal(await systemPackages(environment).plan(), undefined);
    });
  });

  test("what is missing is named, and installed by the system's package manager", async () => {
    const machine = { "apt-get": '[ "$1" != update ] || exit 100', sudo: SUDO, python3: python(false), true: "" };
    await withMachine(machine, async (environment, calls) => {
      const task = systemPackages(environment);
      const plan = await task.plan();
      assert.equal(plan?.what, "bubblewrap, util-linux, python3-venv");
      assert.equal(plan?.from, "Debian or Ubuntu package, by apt-get");
      const said: string[] = [];
      await task.perform((text) => said.push(text), signal);
      assert.deepEqual(await calls(), [
        "apt-get update -qq",
        "apt-get install -y -qq --no-install-recommends bubblewrap util-linux python3-venv",
      ]);
      assert.match(said.join("\n"), /could not renew its list/);
    });
  });

  test("an installation that fails is told with the command to repeat", async () => {
    await withMachine(
      { ...COMPLETE, python3: python(false), dnf: "exit 7", sudo: SUDO, true: "" },
      async (environment) => {
        const task = systemPackages(environment);
        await task.plan();
        await assert.rejects(
          task.perform(() => {}, signal),
          (error) => {
            assert.ok(error instanceof UsageError);
            assert.match(`${error.message} ${error.hint}`, /dnf ended with code 7\. .*dnf install -y -q python3/);
            return true;
          },
        );
      },
    );
  });

  test("without the right to install it prints the command and ends", async (t) => {
    t.mock.method(process as { getuid: () => number }, "getuid", () => 1000);
    await withMachine({ ...COMPLETE, python3: python(false), "apt-get": "" }, async (environment, calls) => {
      const task = systemPackages(environment);
      await task.plan();
      await assert.rejects(
        task.perform(() => {}, signal),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.equal(error.code, "setup-not-permitted");
          assert.match(error.hint ?? "", /sudo apt-get update && sudo apt-get install .*python3-venv/);
          return true;
        },
      );
      assert.deepEqual(await calls(), []);
    });
  });

  test("a system with no package manager that we know is told what to install by hand", async () => {
    await withMachine({ python3: python(true) }, async (environment) => {
      const task = systemPackages(environment);
      assert.equal((await task.plan())?.from, "your system's package manager");
      await assert.rejects(
        task.perform(() => {}, signal),
        /knows no package manager/,
      );
    });
  });
});
