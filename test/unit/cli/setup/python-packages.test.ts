import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pythonPackages } from "../../../../src/cli/setup/python-packages.ts";

test("with packages of the configuration it makes their environment and tries that one out", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "m1p-python-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // A Python whose environments have every package at once; inside the sandbox it computes what it is asked.
  const python = path.join(folder, "base");
  const about = `{"version":"3.12.1","executable":"${python}","basePrefix":"/usr","canMakeEnvironments":true}`;
  const script = `#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$0" "$3/bin/python3";;
  "-m pip"*) ;;
  *"import numpy"*) echo 42;;
  *) echo '${about}';;
esac
`;
  await writeFile(python, script, { mode: 0o755 });
  const environment = { PATH: process.env["PATH"], M1P_PYTHON: python, M1P_CACHE_DIR: path.join(folder, "cache") };
  const task = pythonPackages(environment, ["sympy"]);
  assert.match((await task.plan())?.what ?? "", /numpy, pandas, scipy, sympy$/);
  const said: string[] = [];
  await task.perform((text) => said.push(text), new AbortController().signal);
  assert.match(said.at(-1) ?? "", /runs Python 3\.12\.1 with numpy, pandas and scipy/);
  assert.equal(await task.plan(), undefined);
});
