import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { LoggedEvent } from "../../src/events/run-event.ts";
import { COUNTER, m1p, m1pHere, modelsOf, scriptedServer, temporaryFolder } from "./support.ts";

const sim = { rounds: 5, participants: ["Coder", "ComputerTerminal"], answer: "42", latency_ms: 2, code: COUNTER };

suite("forks and continuations", { concurrency: false }, () => {
  test("S1, S3: a fork does the step anew on the folder as it was, asks nothing again and leaves the other run as it is", async (t) => {
    const server = await scriptedServer(t, { models: { sim } });
    const dataDir = temporaryFolder(t);
    const origin = await m1p(t, ["solve", "count", "-k", "1", "-m", modelsOf(server, "sim", 1), "--json"], { dataDir });
    assert.equal(origin.exitCode, 0, origin.stderr);
    assert.deepEqual(outputs(origin.events), ["number 1", "number 2"]);
    const [, second] = terminalKeys(origin.events);
    assert.ok(second);
    const before = (await server.stats()).requests;

    const fork = await m1p(t, ["fork", "last", "--at", second, "--json"], { dataDir });
    assert.equal(fork.exitCode, 0, fork.stderr);
    assert.deepEqual(outputs(fork.events), ["number 2"], "the folder was as before the step");
    const asked = (await server.stats()).requests - before;
    const begun = fork.events.filter((event) => event.type === "step-started" && event.step.kind === "model").length;
    assert.equal(asked, begun, "only what the fork began was asked");

    const { stdout } = await m1pHere(t, ["runs", "--json"], { dataDir });
    assert.equal(stdout.trim().split("\n").length, 2);
    const again = await m1pHere(
      t,
      ["show", origin.events[0]?.type === "run-started" ? origin.events[0].runId : "", "--json"],
      { dataDir },
    );
    assert.deepEqual(again.events, origin.events);
  });

  test("a fork may go on with another model and a person's words", async (t) => {
    const server = await scriptedServer(t, { models: { sim, other: { ...sim, answer: "43" } } });
    const dataDir = temporaryFolder(t);
    const origin = await m1p(t, ["solve", "count", "-k", "1", "-m", modelsOf(server, "sim", 1), "--json"], { dataDir });
    const [first] = terminalKeys(origin.events);
    assert.ok(first);
    const words = ["-m", `${server.url}#other-0`, "--instruction", "Count from zero."];
    const fork = await m1p(t, ["fork", "last", "--at", first, ...words, "--json"], { dataDir });
    assert.equal(fork.exitCode, 0, fork.stderr);
    const decided = fork.events.find((event) => event.type === "race-decided");
    assert.equal(decided?.type === "race-decided" && decided.answer, "43");
    const told = fork.events.filter((event) => event.type === "input-delivered");
    assert.deepEqual(
      told.map((event) => event.input),
      [{ kind: "message", text: "Count from zero." }],
    );
    const { log } = await server.stats();
    assert.ok(log.some(({ model }) => model === "other-0"));
  });

  test("S1: an answered run is continued with its context, as a new run", async (t) => {
    const server = await scriptedServer(t, { models: { sim } });
    const dataDir = temporaryFolder(t);
    const origin = await m1p(t, ["solve", "count", "-k", "2", "-m", modelsOf(server, "sim", 2), "--json"], { dataDir });
    assert.equal(origin.exitCode, 0, origin.stderr);
    // The scripted server ends a session's work at its fifth ledger and at each one after.
    const next = await m1p(t, ["continue", "last", "And once more?", "--json"], { dataDir });
    assert.equal(next.exitCode, 0, next.stderr);
    const [start] = next.events;
    assert.equal(start?.type === "run-started" && start.teams.length, 1, "the team whose answer was taken goes on");
    assert.equal(start?.type === "run-started" && start.origin?.kind, "continuation");
    const followUp = next.events.find(
      (event) => event.type === "step-started" && JSON.stringify(event.step).includes("And once more?"),
    );
    assert.ok(followUp, "the model reads the follow-up");
    const finished = next.events.at(-1);
    assert.ok(
      finished?.type === "run-finished" && finished.usage.calls < 4,
      "what was paid for in the other run is not counted",
    );
  });

  test("a run without an answer goes on from where its teams stood", async (t) => {
    const server = await scriptedServer(t, { models: { sim } });
    const dataDir = temporaryFolder(t);
    const args = ["solve", "count", "-k", "1", "-m", modelsOf(server, "sim", 1), "--max-turns", "2", "--json"];
    const origin = await m1p(t, args, { dataDir });
    assert.equal(origin.exitCode, 3, origin.stderr);
    const next = await m1p(t, ["continue", "last", "Go on.", "--json"], { dataDir });
    assert.equal(next.exitCode, 0, next.stderr);
    assert.deepEqual(outputs(next.events), ["number 2"]);
  });

  test("bad input ends with a sentence and exit 2, and leaves nothing", async (t) => {
    const server = await scriptedServer(t, { models: { sim } });
    const dataDir = temporaryFolder(t);
    await m1pHere(t, ["solve", "count", "-k", "1", "-m", modelsOf(server, "sim", 1)], { dataDir });
    for (const [args, message] of [
      [["fork", "last", "--at", "team-9/Coder/1"], /no place "team-9\/Coder\/1".*\n.*m1p show RUN --full/],
      [["fork", "last", "--at", "100000"], /no place "100000"/],
      [["fork", "nobody", "--at", "2"], /no run "nobody"/],
      [["continue", "last", "  "], /nothing to go on with/],
      [["continue", "last", "x", "--team", "team-9"], /no team-9.*\n.*team-1/],
      [["fork", "last", "--at", "2", "--policy", "best"], /no policy "best"/],
    ] as const) {
      const run = await m1pHere(t, args, { dataDir });
      assert.equal(run.exitCode, 2, `${args.join(" ")}: ${run.stderr}`);
      assert.match(run.stderr, message);
    }
    const { stdout } = await m1pHere(t, ["runs", "--json"], { dataDir });
    assert.equal(stdout.trim().split("\n").length, 1);
  });
});

function terminalKeys(events: readonly LoggedEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === "step-started" && event.step.kind === "tool" && event.step.tool === "terminal" ? [event.key] : [],
  );
}

function outputs(events: readonly LoggedEvent[]): string[] {
  const keys = new Set(terminalKeys(events));
  return events.flatMap((event) =>
    event.type === "step-finished" && keys.has(event.key) ? [event.result?.text.trim() ?? ""] : [],
  );
}
