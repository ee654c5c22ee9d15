import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { runningProcesses } from "../../../scripts/test-run/processes.ts";
import { LIMITS, runFile, type FileResult, type Limits } from "../../../scripts/test-run/run-file.ts";

const QUICK: Limits = { ...LIMITS, test: 300, idle: 300, children: 200 };

function run(name: string, limits: Limits = LIMITS): Promise<FileResult> {
  const file = fileURLToPath(new URL(`../../fixtures/test-run/${name}.ts`, import.meta.url));
  return runFile(file, new AbortController().signal, limits);
}

function failures(result: FileResult): string[] {
  return result.results.filter((test) => test.failure !== undefined).map((test) => test.name);
}

test("a file of passing tests has a result each and no problem", async () => {
  const result = await run("passing");
  assert.deepEqual(
    result.results.map((test) => test.name),
    ["one", "two"],
  );
  assert.deepEqual([failures(result), result.problems], [[], []]);
});

test("failed tests are counted once, where they failed, with the reason", async () => {
  const result = await run("failing");
  assert.deepEqual(failures(result), ["breaks", "inner"]);
  assert.match(result.results.find((test) => test.name === "inner")?.failure ?? "", /inner trouble/);
  assert.equal(result.results.length, 3);
});

test("a hook that fails is told, with its reason, beside the tests it kept from running", async () => {
  const result = await run("failing-hook");
  assert.deepEqual(failures(result), ["never run", "a suite"]);
  assert.match(result.results.find((test) => test.name === "a suite")?.failure ?? "", /hook trouble/);
});

test("a skipped and a planned test count as failed", async () => {
  assert.deepEqual(failures(await run("not-run")), ["left out", "not written"]);
});

test("a file without tests, and one that cannot be loaded, are problems", async () => {
  assert.deepEqual((await run("empty")).problems, ["It ran no test."]);
  const unloadable = await run("unloadable");
  assert.equal(unloadable.problems.length, 1);
  assert.match(unloadable.output, /cannot be loaded/);
});

test("a test that hangs fails by its time limit, and its process ends all the same", async () => {
  const result = await run("hanging", QUICK);
  assert.deepEqual(failures(result), ["waits for what never comes"]);
  assert.match(result.problems.join(), /handle is left open/);
});

test("a process kept alive by an open handle is a problem", async () => {
  const result = await run("left-open", QUICK);
  assert.equal(result.results.length, 1);
  assert.match(result.problems.join(), /handle is left open/);
});

for (const name of ["leaves-child", "leaves-grandchild"]) {
  test(`a process left behind is a problem, and is ended: ${name}`, async () => {
    const { problems } = await run(name, QUICK);
    assert.match(problems.join(), /left a process behind: sleep 300/);
    const pid = Number(/\((\d+)\)/.exec(problems.join())?.[1]);
    assert.ok(runningProcesses().every((running) => running.pid !== pid));
  });
}

test("stopping the whole run ends a file at once", async () => {
  const controller = new AbortController();
  const file = fileURLToPath(new URL("../../fixtures/test-run/hanging.ts", import.meta.url));
  const result = runFile(file, controller.signal);
  controller.abort();
  assert.match((await result).problems.join(), /stopped/);
});
