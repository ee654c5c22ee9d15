import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { setup } from "../../../../src/cli/commands/setup.ts";
import { describeModels } from "../../../../src/cli/commands/models.ts";
import type { Terminal } from "../../../../src/cli/terminal.ts";
import { withoutLocalEngine } from "../../model/without-local-engine.ts";

/** Nothing is there, and nothing may be made. */
const environment = { M1P_CACHE_DIR: "/nonexistent", OLLAMA_HOST: "127.0.0.1:9" };

test("without what runs local models nothing is fetched, and it says what to install", async (t) => {
  withoutLocalEngine(t);
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  const terminal: Terminal = {
    stdout: stream,
    stderr: stream,
    color: false,
    columns: undefined,
    environment,
    directory: "/nonexistent",
  };
  await assert.rejects(setup({}, terminal), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.code, "local-engine-missing");
    assert.match(error.hint ?? "", /npm install node-llama-cpp@3.*m1p setup --no-models/);
    return true;
  });
  assert.deepEqual(written, []);
});

test("the list of models says what local ones lack: the package that runs them, or weights", async (t) => {
  assert.match((await describeModels(environment)).join("\n"), /local\/NAME +no weights here yet: m1p setup/);
  withoutLocalEngine(t);
  assert.match((await describeModels(environment)).join("\n"), /local\/NAME .*npm install node-llama-cpp@3/);
});
