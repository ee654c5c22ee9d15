import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { LoggedEvent } from "../../src/events/run-event.ts";
import type { ServerStats } from "../fixtures/scripted-model/start.ts";
import { answerOf, m1p, m1pHere, modelsOf, scriptedServer, temporaryFolder } from "./support.ts";

const SIM = { rounds: 2, participants: ["Coder", "ComputerTerminal"], latency_ms: 5, code: "print('step')" };

/** Teams with these answers, and a model that aggregates. */
function scenario(answers: readonly (string | object)[], aggregator: object) {
  const parts = answers.map((answer) => (typeof answer === "string" ? { answer } : answer));
  const teams = Object.fromEntries(parts.map((part, index) => [String(index), part]));
  return { models: { sim: { ...SIM, teams }, judge: { answer: "42", ...aggregator } } };
}

async function raceOf(
  t: TestContext,
  answers: readonly (string | object)[],
  aggregator: object,
  flags: readonly string[],
) {
  const server = await scriptedServer(t, scenario(answers, aggregator));
  const models = modelsOf(server, "sim", answers.length);
  const args = ["solve", "What is it?", "-k", String(answers.length), "-m", models, ...flags];
  const dataDir = temporaryFolder(t);
  const by = (how: string) => how.replace("JUDGE", `${server.url}#judge`);
  return { server, dataDir, args: args.map(by) };
}

const LLM = ["--aggregate", "llm:JUDGE"];

function aggregations({ log }: ServerStats) {
  return log.filter(({ kind }) => kind === "aggregate");
}

suite("aggregated answers", { concurrency: true }, () => {
  test("R5: a model makes one answer of all; it rests on the team that gave the same", async (t) => {
    const { server, dataDir, args } = await raceOf(t, ["41", "42", "43"], {}, LLM);
    const run = await m1pHere(t, [...args, "--json"], { dataDir });
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match(run.stderr, /To aggregate by llm, the race waits for all teams \(--policy all\)/);
    const decided = answerOf(run.events);
    assert.deepEqual([decided.answer, decided.winner, decided.basis], ["42", "team-2", "team-2"]);
    assert.equal(decided.explanation?.by, "llm");
    assert.match(decided.why, /made one answer of 3: 1 of 3 agree with it, and team-2 gave it first/);
    assert.equal(aggregations(await server.stats()).length, 1, "asked once");
    const receipt = run.events.at(-1);
    assert.ok(receipt?.type === "run-finished");
    assert.equal(receipt.aggregation?.calls, 1);
    assert.equal(receipt.teams.length, 3, "the aggregator is no team");
    assert.ok(receipt.usage.tokens > receipt.aggregation.tokens, "and part of what the run used");
    const told = await m1pHere(t, ["show", "last", "--lines"], { dataDir });
    assert.match(told.stdout, /Aggregator: answers "42" from the work of 3 teams/);
    const shown = await m1pHere(t, ["show", "last"], { dataDir });
    assert.match(shown.stdout, /\n42\n[\s\S]*made one answer of 3/);
  });

  test("R5: an answer that no team gave rests on none", async (t) => {
    const { dataDir, args } = await raceOf(t, ["1", "2"], {}, LLM);
    const run = await m1pHere(t, [...args, "--json"], { dataDir });
    const decided = answerOf(run.events);
    assert.deepEqual([decided.answer, decided.winner, decided.basis], ["42", null, null]);
    assert.match(decided.why, /none of theirs, so it rests on no team/);
  });

  test("R3: with --need 2 the third team is stopped when two have answered", async (t) => {
    const hangs = { faults: [{ kind: "ledger", at: 1, count: 9, type: "hang", ms: 60_000 }] };
    const { dataDir, args } = await raceOf(t, ["42", "42", hangs], {}, [...LLM, "--need", "2"]);
    const run = await m1pHere(t, [...args, "--json"], { dataDir });
    const decided = answerOf(run.events);
    assert.equal(decided.answer, "42");
    const stopped = run.events.find((event) => event.type === "team-finished" && event.team === "team-3");
    assert.ok(stopped?.type === "team-finished" && stopped.outcome === "stopped", "stopped");
    assert.ok(stopped.seq < decided.seq, "before the aggregator has answered");
    const made = run.events.find((event) => event.type === "answers-aggregated");
    assert.deepEqual(made?.type === "answers-aggregated" && made.teams.toSorted(), ["team-1", "team-2"]);
  });

  test("an aggregator that cannot be had leaves the vote, and says so", async (t) => {
    const { dataDir, args } = await raceOf(t, ["7", "8", "8"], { fail_http: 99, fail_status: 401 }, LLM);
    const run = await m1pHere(t, [...args, "--json"], { dataDir });
    const decided = answerOf(run.events);
    assert.equal(decided.answer, "8");
    assert.equal(decided.explanation?.by, "vote");
    assert.match(decided.why, /No model could make one answer of them: the aggregator failed: .*2 of 3 answers agree/);
  });

  test("a budget that is spent before the aggregator is asked leaves the vote", async (t) => {
    const { server, dataDir, args } = await raceOf(t, ["7", "8", "8"], {}, LLM);
    const whole = await m1pHere(t, [...args, "--json"], { dataDir });
    const spent = whole.events.at(-1);
    assert.ok(spent?.type === "run-finished" && spent.aggregation);
    // The last call of a team is what spends it: none of theirs is refused.
    const limit = String(spent.usage.tokens - spent.aggregation.tokens - 50);
    await server.play(scenario(["7", "8", "8"], {}));
    const run = await m1pHere(t, [...args, "--budget-tokens", limit, "--json"], { dataDir });
    const decided = answerOf(run.events);
    assert.equal(decided.answer, "8");
    assert.match(decided.why, /budget of \d+ tokens is spent.*2 of 3 answers agree/);
    assert.equal(aggregations(await server.stats()).length, 0);
  });

  test("a cancel while the aggregator works cuts it off", async (t) => {
    const slow = { latency_ms: 60_000 };
    const { server, dataDir, args } = await raceOf(t, ["1", "2"], slow, LLM);
    const run = await m1p(t, [...args, "--json"], {
      dataDir,
      onEvent: (event, child) => void (isAggregatorCall(event) && child.kill("SIGINT")),
    });
    assert.equal(run.exitCode, 5, run.stderr);
    assert.equal(answerOf(run.events).outcome, "cancelled");
    assert.ok(aggregations(await server.stats()).every(({ disconnected }) => disconnected));
  });

  // Killed behind its answer: the crash matrix does that at each write, where no process can be quicker than the kill.
  for (const at of ["answers", "call"] as const) {
    test(`S1: killed at the aggregator's ${at}, it goes on, and asks no team and no model twice`, async (t) => {
      const { server, dataDir, args } = await raceOf(t, ["41", "42", "42"], { latency_ms: 3_000 }, LLM);
      const first = await m1p(t, [...args, "--json"], { dataDir, onEvent: killAt(at, 3) });
      assert.equal(first.exitCode, null, first.stderr);
      const before = await server.stats();
      const resumed = await m1p(t, ["resume", "last", "--json"], { dataDir });
      assert.equal(resumed.exitCode, 0, resumed.stderr);
      const after = await server.stats();
      const asked = aggregations(after).length - aggregations(before).length;
      assert.ok(after.requests - before.requests === asked, "no team asks anything again");
      assert.ok(asked <= 1, `${asked} more questions to the aggregator`);
      const { events } = await m1pHere(t, ["show", "last", "--json"], { dataDir });
      const decided = answerOf(events);
      assert.equal(decided.answer, "42");
      assert.match(decided.winner ?? "", /team-[23]/, "the first that gave it");
      assert.equal(events.filter(({ type }) => type === "answers-aggregated").length, 1);
    });
  }

  test("a policy of one answer leaves nothing to aggregate: a sentence and exit code 2", async (t) => {
    const { dataDir, args } = await raceOf(t, ["1", "2"], {}, ["--aggregate", "vote", "--policy", "first-answer"]);
    const run = await m1pHere(t, args, { dataDir });
    assert.equal(run.exitCode, 2);
    assert.match(run.stderr, /takes one answer: there is nothing to aggregate/);
  });
});

function isAggregatorCall(event: LoggedEvent): boolean {
  return event.type === "step-started" && event.scope === "aggregator";
}

/** Kills the process when the last team has answered, or when the aggregator is asked. */
function killAt(at: "answers" | "call", teams: number) {
  let ended = 0;
  return (event: LoggedEvent, child: { kill(signal: NodeJS.Signals): boolean }) => {
    if (event.type === "team-finished") ended += 1;
    const isIt = {
      answers: event.type === "team-finished" && ended === teams,
      call: isAggregatorCall(event),
    }[at];
    if (isIt) child.kill("SIGKILL");
  };
}
