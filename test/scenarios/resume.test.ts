import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { suite, test, type TestContext } from "node:test";
import type { LoggedEvent } from "../../src/events/run-event.ts";
import { COUNTER, m1p, m1pHere, modelsOf, scriptedServer, temporaryFolder } from "./support.ts";

const sim = { rounds: 5, participants: ["Coder", "ComputerTerminal"], answer: "42", latency_ms: 5, code: COUNTER };

/** Ends the process when the second program of a team has ended, so that something is done and something is not. */
function atSecondProgram(end: (child: ChildProcess) => void) {
  let programs = 0;
  return (event: LoggedEvent, child: ChildProcess) => {
    if (event.type !== "step-finished" || event.result?.facts["exitCode"] !== 0) return;
    programs += 1;
    if (programs === 2) end(child);
  };
}

async function interrupted(t: TestContext, signal: NodeJS.Signals) {
  const server = await scriptedServer(t, { models: { sim } });
  const dataDir = temporaryFolder(t);
  const run = await m1p(t, ["solve", "count them", "-k", "2", "-m", modelsOf(server, "sim", 2), "--json"], {
    dataDir,
    onEvent: atSecondProgram((child) => child.kill(signal)),
  });
  return { server, dataDir, run };
}

suite("m1p resume", { concurrency: false }, () => {
  test("S1: after SIGKILL a run goes on, asks no model twice, and solve says so before", async (t) => {
    const { server, dataDir, run } = await interrupted(t, "SIGKILL");
    assert.equal(run.exitCode, null);
    const listed = await m1pHere(t, ["runs"], { dataDir });
    assert.match(listed.stdout, /interrupted/);
    const offered = await m1pHere(t, ["solve", "another", "-m", "nobody/model"], { dataDir });
    assert.equal(offered.exitCode, 2);
    const before = await server.stats();
    const resumed = await m1p(t, ["resume", "last", "--json"], { dataDir });
    assert.equal(resumed.exitCode, 0, resumed.stderr);
    const after = await server.stats();
    const whole = await m1pHere(t, ["show", "last", "--json"], { dataDir });
    const recorded = whole.events.filter(({ type }) => type === "step-started").length;
    const restarted = whole.events.filter(({ type }) => type === "step-restarted").length;
    assert.ok(restarted <= 2, "at most one a team was in flight");
    const modelSteps = whole.events.filter(
      (event) => event.type === "step-started" && event.step.kind === "model",
    ).length;
    assert.ok(after.requests - before.requests < modelSteps && recorded > 0);
    assert.ok(after.requests <= modelSteps + 2, "what is in the log was asked once; what was in flight at most again");
    const receipt = resumed.events.at(-1);
    assert.ok(receipt?.type === "run-finished" && receipt.answer === "42");
    const again = await m1pHere(t, ["resume", "last"], { dataDir });
    assert.equal(again.exitCode, 0);
    assert.match(again.stderr, /has ended already; nothing is done again/);
    assert.match(again.stdout, /^42\n/);
  });

  test("a machine that shuts down ends the process, not the run", async (t) => {
    const { dataDir, run } = await interrupted(t, "SIGTERM");
    assert.equal(run.exitCode, 143, run.stderr);
    assert.match(run.stderr, /the run is kept.*m1p resume [0-9a-f-]+/);
    assert.ok(!run.events.some(({ type }) => type === "race-decided" || type === "cancel-requested"));
    const server = await scriptedServer(t, { models: { sim } });
    const next = await m1p(t, ["solve", "?", "-k", "1", "-m", modelsOf(server, "sim", 1)], { dataDir });
    assert.match(next.stderr, /Begun .* ago and interrupted: count them\n {2}m1p resume [0-9a-f-]+ goes on with it/);
    const id = /m1p resume ([0-9a-f-]+)/.exec(run.stderr)?.[1] ?? "";
    const resumed = await m1p(t, ["resume", id], { dataDir });
    assert.equal(resumed.exitCode, 0, resumed.stderr);
    assert.match(
      resumed.stderr,
      /Resuming run .*: count them\n\d+ events and \d+ finished steps are in its log; none of them is done again/,
    );
    assert.match(resumed.stdout, /^42\n/);
  });

  test("L1: of two resumes at once one goes on and the other says so", async (t) => {
    const { dataDir } = await interrupted(t, "SIGKILL");
    const both = await Promise.all([1, 2].map(() => m1p(t, ["resume", "last"], { dataDir })));
    const [first, second] = both.toSorted((one, other) => (one.exitCode ?? 9) - (other.exitCode ?? 9));
    assert.equal(first?.exitCode, 0, first?.stderr);
    // The second may come when the first has ended: then it is told the answer again.
    if (second?.exitCode !== 0) assert.match(second?.stderr ?? "", /Another process is working on this run/);
    const { events } = await m1pHere(t, ["show", "last", "--json"], { dataDir });
    assert.equal(events.filter(({ type }) => type === "race-decided").length, 1);
    assert.equal(events.filter(({ type }) => type === "run-resumed").length, 1);
  });
});
