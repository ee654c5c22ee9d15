import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { cacheDirectory } from "../../../src/base/directories.ts";
import { realClock } from "../../../src/base/clock.ts";
import { M1Error, UsageError } from "../../../src/base/errors.ts";
import { createPythonEnvironment, findPythonEnvironment } from "../../../src/tools/python-environment.ts";
import { openSandbox } from "../../../src/tools/sandbox/open-sandbox.ts";
import { terminalTool } from "../../../src/tools/terminal.ts";
import { ToolBox } from "../../../src/tools/tool-box.ts";
import { makeWorkspace } from "./workspace-bench.ts";

async function withCache(work: (cache: string) => Promise<void>): Promise<void> {
  const cache = await mkdtemp(path.join(tmpdir(), "m1p-cache-"));
  try {
    await work(cache);
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

/** A Python that answers the questions it is asked, and makes environments in which pip does what `pip` says. */
async function fakePython(folder: string, pip: string): Promise<string> {
  const file = path.join(folder, "python3");
  const about = `{"version":"3.12.1","executable":"${file}","basePrefix":"${folder}","canMakeEnvironments":true}`;
  const script = `#!/bin/sh
echo "$*" >> ${folder}/calls
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python";;
  "-m pip install"*) ${pip};;
  "-m pip freeze"*) echo "numpy==2.0"; echo "pandas==3.0";;
  *) echo '${about}';;
esac
`;
  await mkdir(folder, { recursive: true });
  await writeFile(file, script, { mode: 0o755 });
  return file;
}

suite("the Python environment", () => {
  test("it is made once, and found afterwards without starting anything", async () => {
    await withCache(async (cache) => {
      const python = await fakePython(path.join(cache, "base"), "true");
      const options = { cache, clock: realClock, environment: { M1P_PYTHON: python, PATH: process.env["PATH"] } };
      assert.equal(await findPythonEnvironment({ cache }), undefined);
      const [first, second] = await Promise.all([createPythonEnvironment(options), createPythonEnvironment(options)]);
      assert.deepEqual(first, second);
      assert.deepEqual(await findPythonEnvironment({ cache }), first);
      assert.deepEqual(first.packages, ["numpy", "pandas", "scipy"]);
      assert.deepEqual(first.installed, ["numpy==2.0", "pandas==3.0"]);
      assert.match(path.basename(first.directory), /^3\.12\.1-[0-9a-f]{16}$/);
    });
  });

  test("other packages are another environment", async () => {
    await withCache(async (cache) => {
      const python = await fakePython(path.join(cache, "base"), "true");
      const environment = { M1P_PYTHON: python, PATH: process.env["PATH"] };
      const plain = await createPythonEnvironment({ cache, clock: realClock, environment });
      assert.equal(await findPythonEnvironment({ cache, packages: ["sympy"] }), undefined);
      const more = await createPythonEnvironment({
        cache,
        clock: realClock,
        environment,
        packages: ["sympy", "numpy"],
      });
      assert.deepEqual(more.packages, ["numpy", "pandas", "scipy", "sympy"]);
      assert.notEqual(more.directory, plain.directory);
      assert.equal((await findPythonEnvironment({ cache }))?.directory, plain.directory);
    });
  });

  test("one that was broken off is not taken for one; the next setup makes it anew", async () => {
    await withCache(async (cache) => {
      const base = path.join(cache, "base");
      const environment = {
        M1P_PYTHON: await fakePython(base, "echo no network >&2; exit 1"),
        PATH: process.env["PATH"],
      };
      await assert.rejects(createPythonEnvironment({ cache, clock: realClock, environment }), (error) => {
        assert.ok(error instanceof M1Error);
        assert.equal(error.code, "python-packages");
        return true;
      });
      assert.equal(await findPythonEnvironment({ cache }), undefined);
      await fakePython(base, "true");
      const made = await createPythonEnvironment({ cache, clock: realClock, environment });
      assert.ok((await readdir(made.directory)).includes("m1p-environment.json"));
    });
  });

  test("it is not found any more when the Python it stands on is gone", async () => {
    await withCache(async (cache) => {
      const python = await fakePython(path.join(cache, "base"), "true");
      const environment = { M1P_PYTHON: python, PATH: process.env["PATH"] };
      await createPythonEnvironment({ cache, clock: realClock, environment });
      await rm(python);
      assert.equal(await findPythonEnvironment({ cache }), undefined);
    });
  });

  test("without a Python that is new enough it is said which were looked at", async () => {
    await withCache(async (cache) => {
      const old = path.join(cache, "old");
      const about = '{"version":"3.8.2","executable":"/x","basePrefix":"/x","canMakeEnvironments":true}';
      await writeFile(old, `#!/bin/sh\necho '${about}'\n`, { mode: 0o755 });
      const making = createPythonEnvironment({
        cache,
        clock: realClock,
        environment: { M1P_PYTHON: old, PATH: process.env["PATH"] },
      });
      await assert.rejects(making, (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.code, "python-missing");
        assert.match(error.message, /old is 3\.8\.2/);
        return true;
      });
    });
  });

  test("G4: setup's environment works in the sandbox, read-only, and Python gets a MemoryError at its limit", async () => {
    const python = await findPythonEnvironment({ cache: cacheDirectory(process.env) });
    assert.ok(python, "npm run setup has made it");
    await using bench = await makeWorkspace();
    const toolchain = { node: process.execPath, python };
    const sandbox = await openSandbox({ toolchain, clock: realClock, environment: process.env });
    const box = new ToolBox({ tools: [terminalTool({ sandbox })], workspace: bench.workspace, clock: realClock });
    const code = `
import pandas, scipy.stats, os, sys
print(pandas.Series([20, 22]).sum(), round(scipy.stats.norm.cdf(0), 1))
for folder in (os.path.dirname(pandas.__file__), sys.base_prefix):
    try:
        open(os.path.join(folder, "mine"), "w")
        print("written", folder)
    except OSError:
        print("read-only")
try:
    bytearray(3 * 10**9)
except MemoryError:
    print("MemoryError")
`;
    const call = { signal: new AbortController().signal, live: () => {} };
    const result = await box.execute("terminal", { language: "python", code }, call);
    assert.equal(result.text, "42 0.5\nread-only\nread-only\nMemoryError\n");
  });
});
