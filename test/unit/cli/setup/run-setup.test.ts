import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { runSetup } from "../../../../src/cli/setup/run-setup.ts";
import type { SetupTask } from "../../../../src/cli/setup/setup-task.ts";

/** A thing that is there or not, and writes down what is done. */
function thing(what: string, there: boolean, done: string[]): SetupTask {
  const work = { what, from: "PyPI", size: "5 MB", to: "/somewhere" };
  return {
    what,
    plan: () => Promise.resolve(there || done.includes(what) ? undefined : work),
    perform: (say) => {
      say("working");
      done.push(what);
      return Promise.resolve();
    },
  };
}

suite("setup", () => {
  test("it tells all it will do before it does anything, then does what is missing, and nothing twice", async () => {
    const done: string[] = [];
    const said: string[] = [];
    const tasks = [thing("packages", true, done), thing("environment", false, done), thing("weights", false, done)];
    const { signal } = new AbortController();
    assert.equal(await runSetup(tasks, (text) => said.push(text), signal), true);
    assert.deepEqual(done, ["environment", "weights"]);
    const plan = said
      .slice(
        0,
        said.findIndex((line) => line.includes("working")),
      )
      .join("\n");
    assert.match(
      plan,
      /there {2}packages[\s\S]*to do {2}environment\n.*from PyPI, 5 MB, to \/somewhere\n.*to do {2}weights/,
    );
    assert.equal(await runSetup(tasks, () => {}, signal), false);
    assert.deepEqual(done, ["environment", "weights"]);
  });

  test("the first failure ends it; an abort begins nothing new", async () => {
    const done: string[] = [];
    const abort = new AbortController();
    const stops = { ...thing("stops", false, done), perform: () => Promise.resolve(abort.abort()) };
    await assert.rejects(runSetup([stops, thing("later", false, done)], () => {}, abort.signal));
    assert.deepEqual(done, []);
  });
});
