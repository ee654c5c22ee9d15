import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test, type TestContext } from "node:test";
import type { LoggedEvent, RacePolicy } from "../../src/events/run-event.ts";
import { all } from "../../src/race/policies.ts";
import { magenticOne } from "../../src/run/line-up/magentic-one.ts";
import { race, type Receipt } from "../../src/run/race.ts";
import type { ModelTimeouts } from "../../src/model/stream-watch.ts";
import { chunk, END, startStream } from "../unit/model/http-server.ts";
import type { RequestEntry } from "../fixtures/scripted-model/start.ts";
import { faultProxy, type Fault as PlayedFault } from "./fault-proxy.ts";
import { m1p, modelsOf, scriptedServer, temporaryFolder } from "./support.ts";

// The faults that AutoGen's ParallelAgents dies of or gets wrong: each ends here in a right answer, or
// in the verdict that fits.

interface Fault {
  readonly kind: string;
  readonly type: string;
  readonly at?: number;
  readonly count?: number;
  readonly [detail: string]: unknown;
}

interface Run {
  readonly receipt: Receipt;
  readonly events: readonly LoggedEvent[];
  readonly calls: readonly RequestEntry[];
}

interface Setup {
  /** The faults of each team, the first team's first. */
  readonly faults: readonly (readonly Fault[])[];
  readonly model?: object;
  /** Models beside the teams' own. */
  readonly others?: object;
  readonly policy?: RacePolicy;
  readonly maxTurns?: number;
  readonly timeouts?: Partial<ModelTimeouts>;
  /** Stands between the first team and the server, and answers the n-th request by itself. */
  readonly between?: { readonly nth: number; readonly fault: PlayedFault };
}

const IMPATIENT = { headersMs: 400, firstTokenMs: 400, idleMs: 400 };

async function play(t: TestContext, setup: Setup): Promise<Run> {
  const { faults, model, others, policy, maxTurns, timeouts = IMPATIENT, between } = setup;
  const teams = Object.fromEntries(faults.map((list, index) => [String(index), { faults: list }]));
  const sim = { rounds: 3, participants: ["Coder", "ComputerTerminal"], answer: "42", teams, ...model };
  const server = await scriptedServer(t, { models: { sim, ...others } });
  const proxy = between && (await faultProxy(t, server, between.nth, between.fault));
  const run = race({
    task: "What is six times seven?",
    teams: magenticOne({
      model: faults.map((_, index) => `${index === 0 && proxy ? proxy.url : server.url}#sim-${index}`),
      ...(maxTurns === undefined ? {} : { maxTurns }),
    }).times(faults.length),
    ...(policy ? { policy } : {}),
    store: "memory",
    dataDir: temporaryFolder(t),
    modelCalls: { retry: { firstWaitMs: 1 }, timeouts },
    environment: process.env,
  });
  const events: LoggedEvent[] = [];
  for await (const event of run.events) events.push(event);
  assert.equal(proxy?.fired, between && 1, "the fault fired");
  return { receipt: await run.receipt, events, calls: (await server.stats()).log };
}

function typesOf(run: Run, type: LoggedEvent["type"]): number {
  return run.events.filter((event) => event.type === type).length;
}

const SURVIVED: readonly { readonly name: string; readonly fault: Fault; readonly rejects?: boolean }[] = [
  { name: "three 500s in a row", fault: { kind: "ledger", at: 1, count: 3, type: "http", status: 500 } },
  { name: "a 429 with Retry-After", fault: { kind: "facts", type: "http", status: 429, retry_after: 0 } },
  { name: "one 400", fault: { kind: "coder", type: "http", status: 400 } },
  { name: "one 400 for a ledger", fault: { kind: "ledger", type: "http", status: 400 } },
  {
    name: "a ledger without is_request_satisfied",
    fault: { kind: "ledger", type: "missing_key", key: "is_request_satisfied" },
    rejects: true,
  },
  {
    name: "a ledger without next_speaker",
    fault: { kind: "ledger", type: "missing_key", key: "next_speaker" },
    rejects: true,
  },
  { name: "an unknown next speaker", fault: { kind: "ledger", type: "bad_speaker" }, rejects: true },
  { name: "two JSON objects", fault: { kind: "ledger", type: "two_json" } },
  { name: "a ledger of prose", fault: { kind: "ledger", type: "garbage" }, rejects: true },
  { name: "prose twice over", fault: { kind: "ledger", count: 2, type: "garbage" }, rejects: true },
  { name: "a ledger that is null", fault: { kind: "ledger", type: "null_json" }, rejects: true },
  { name: "a fenced ledger", fault: { kind: "ledger", type: "fenced" } },
  { name: "a truncated ledger", fault: { kind: "ledger", type: "truncated" }, rejects: true },
  { name: "an empty ledger", fault: { kind: "ledger", type: "empty" } },
  { name: "an empty final answer", fault: { kind: "final", type: "empty" } },
  { name: "a hang of a minute", fault: { kind: "ledger", type: "hang", ms: 60_000 } },
  { name: "a connection that is reset", fault: { kind: "coder", type: "reset" } },
  { name: "a stream cut in the middle", fault: { kind: "coder", type: "cut" } },
];

for (const { name, fault, rejects } of SURVIVED) {
  test(`R4: the team survives ${name}`, async (t) => {
    const run = await play(t, { faults: [[{ at: 1, ...fault }]] });
    assert.ok(
      run.calls.some((call) => call.fault === fault.type),
      "the fault fired",
    );
    assert.equal(run.receipt.answer, "42", run.receipt.why);
    if (rejects) assert.ok(typesOf(run, "ledger-rejected") >= 1, "the rejection is in the log");
  });
}

/** Half a reply of the model, in OpenAI's stream. */
const HALF = chunk({ role: "assistant", content: "I will compute this step with" });
/** A reply of one character at a time that would take ten seconds, and is never silent for long. */
const drip = { rounds: 9, participants: ["Coder"], latency_ms: 10_000, ttft_frac: 0.001, chunk_chars: 1 };

const BETWEEN: readonly {
  readonly name: string;
  readonly fault: PlayedFault;
  /** How the failed attempt is told in the log. */
  readonly told: RegExp;
  readonly timeouts?: Partial<ModelTimeouts>;
}[] = [
  {
    name: "a connection that is reset in the middle of a reply",
    fault: (response) => {
      startStream(response);
      response.write(HALF, () => response.socket?.resetAndDestroy());
    },
    told: /broke off its reply/,
  },
  {
    name: "a reply that drips and does not end",
    fault: (_response, forward) => forward("drip-0"),
    told: /The model's reply took longer than 0\.8 s/,
    timeouts: { ...IMPATIENT, attemptMs: 800 },
  },
  {
    name: "a page where a reply should be",
    fault: (response) => sendsTo(response, "<html><title>Sign in</title></html>", "text/html; charset=utf-8"),
    told: /isn't a model's reply: a page of type text\/html/,
  },
  {
    name: "plain text where a reply should be",
    fault: (response) => sendsTo(response, "The service starts.\n", "text/plain"),
    told: /127\.0\.0\.1:\d+ (broke off its reply|answered something that isn't a model's reply)/,
  },
  {
    name: "status 200 with an error as its body",
    fault: (response) => sendsTo(response, '{"error":{"message":"All engines are busy"}}', "application/json"),
    told: /All engines are busy/,
  },
  {
    name: "status 200 with an error in mid-stream",
    fault: (response) => {
      startStream(response);
      response.end(`${HALF}data: {"error":{"message":"The engine fell over"}}\n\n`);
    },
    told: /The engine fell over/,
  },
];

function sendsTo(response: ServerResponse, body: string, type: string): void {
  response.writeHead(200, { "content-type": type });
  response.end(body);
}

for (const { name, fault, told, timeouts } of BETWEEN) {
  // The third request asks for a ledger, the fourth is the Coder's.
  for (const nth of [3, 4]) {
    test(`R4: the team survives ${name} (request ${nth})`, async (t) => {
      const run = await play(t, {
        faults: [[]],
        between: { nth, fault },
        model: { code: "print(6 * 7)" },
        others: { drip },
        ...(timeouts ? { timeouts } : {}),
      });
      assert.equal(run.receipt.answer, "42", run.receipt.why);
      const retried = run.events.flatMap((event) => (event.type === "step-finished" ? (event.retried ?? []) : []));
      assert.equal(retried.length, 1, retried.join("; "));
      assert.match(retried[0] ?? "", told);
    });
  }
}

test("R1: while one team's call hangs another answers, and nobody waits for the first", async (t) => {
  const hour = 3_600_000;
  const run = await play(t, {
    faults: [[{ kind: "facts", type: "hang", ms: hour }], []],
    timeouts: { headersMs: hour, firstTokenMs: hour, idleMs: hour, attemptMs: hour },
  });
  assert.deepEqual([run.receipt.winner, run.receipt.answer], ["team-2", "42"]);
  const hung = run.calls.filter((call) => call.model === "sim-0");
  assert.deepEqual(
    hung.map(({ fault, disconnected }) => [fault, disconnected]),
    [["hang", true]],
    "its one call hung until it was cut off",
  );
  const decided = run.events.find((event) => event.type === "race-decided");
  const stopped = run.events.find((event) => event.type === "team-finished" && event.team === "team-1");
  assert.ok(decided && stopped && decided.seq < stopped.seq, "the decision came before the loser's end");
  assert.equal(run.receipt.teams[0]?.outcome, "stopped");
});

test('R2: booleans as strings: "false" is false, and the task goes on', async (t) => {
  const run = await play(t, { faults: [[{ kind: "ledger", at: 1, count: 2, type: "string_bool" }]] });
  assert.equal(run.calls.filter((call) => call.fault === "string_bool").length, 2);
  assert.equal(run.receipt.answer, "42");
  assert.ok((run.receipt.teams[0]?.turns ?? 0) >= 2, "it did not end at the first ledger");
  assert.equal(typesOf(run, "ledger-rejected"), 0, "nothing had to be asked again");
  assert.deepEqual(satisfied(run).slice(0, 2), [false, false]);
});

test('R2: booleans as strings: "true" is true, and the task is over', async (t) => {
  const faults = [{ kind: "ledger", at: 1, count: 99, type: "string_bool" }];
  const run = await play(t, { faults: [faults], model: { rounds: 1 } });
  assert.ok(run.calls.some((call) => call.fault === "string_bool"));
  assert.deepEqual(satisfied(run), [true]);
  assert.equal(run.receipt.answer, "42");
});

for (const { words, rejects } of [
  { words: "no", rejects: 0 },
  { words: "False", rejects: 0 },
  { words: "not yet", rejects: 1 },
  { words: "Step 1 is still open", rejects: 1 },
]) {
  test(`R2: a satisfied of "${words}", true as text, is not taken for true`, async (t) => {
    const run = await play(t, {
      faults: [[]],
      between: { nth: 3, fault: (response) => streamsTo(response, ledgerSaying(words)) },
    });
    assert.equal(typesOf(run, "ledger-rejected"), rejects);
    assert.equal(satisfied(run)[0], false);
    assert.ok((run.receipt.teams[0]?.turns ?? 0) >= 2, "it did not end at the first ledger");
    assert.equal(run.receipt.answer, "42");
  });
}

function ledgerSaying(words: string): string {
  const entry = (answer: unknown) => ({ reason: "So it is.", answer });
  return JSON.stringify({
    is_request_satisfied: entry(words),
    is_in_loop: entry(false),
    is_progress_being_made: entry(true),
    next_speaker: entry("Coder"),
    instruction_or_question: entry("Compute it."),
  });
}

function streamsTo(response: ServerResponse, text: string): void {
  startStream(response);
  response.end(chunk({ role: "assistant", content: text }) + END);
}

function satisfied(run: Run): boolean[] {
  return run.events.flatMap((event) =>
    event.type === "progress-ledger-written" ? [event.ledger.is_request_satisfied.answer] : [],
  );
}

test("R2: a final answer that stays empty is no answer", async (t) => {
  const run = await play(t, { faults: [[{ kind: "final", at: 1, count: 99, type: "empty" }]] });
  assert.ok(run.calls.some((call) => call.fault === "empty"));
  assert.equal(run.receipt.outcome, "unanswered");
  assert.equal(run.receipt.answer, null);
});

for (const type of ["stall", "loop"]) {
  test(`R2: a ${type} without end is re-planned a few times, then given up with the findings`, async (t) => {
    const run = await play(t, { faults: [[{ kind: "ledger", at: 1, count: 999, type }]], model: { rounds: 999 } });
    assert.ok(run.calls.some((call) => call.fault === type));
    assert.equal(run.receipt.outcome, "unanswered");
    assert.equal(run.receipt.teams[0]?.outcome, "gave-up");
    // The first plan and three new ones.
    assert.equal(typesOf(run, "task-ledger-written"), 4);
    assert.ok(run.receipt.findings, "the best partial findings are returned");
  });
}

test("R2: the turn limit is exact, and no answer", async (t) => {
  const run = await play(t, { faults: [[]], model: { rounds: 999 }, maxTurns: 5 });
  assert.equal(run.receipt.outcome, "unanswered");
  assert.equal(run.receipt.teams[0]?.outcome, "turn-limit");
  assert.equal(run.receipt.teams[0]?.turns, 5);
  assert.equal(typesOf(run, "turn-started"), 5);
});

test("R2: a team at its turn limit doesn't win over one that still works", async (t) => {
  const run = await play(t, {
    faults: [[], []],
    maxTurns: 4,
    model: { teams: { "0": { rounds: 999 }, "1": { latency_ms: 40 } } },
  });
  assert.equal(run.receipt.winner, "team-2");
  assert.equal(run.receipt.teams[0]?.outcome, "turn-limit");
});

test("R4: when every team fails, the verdict is failed and says why", async (t) => {
  const broken: Fault = { kind: "any", at: 1, count: 999, type: "http", status: 500 };
  const run = await play(t, { faults: [[broken], [broken]] });
  assert.equal(run.receipt.outcome, "failed");
  assert.match(run.receipt.why, /team-1 failed .*500/);
});

test("R4: three answers wanted and one team fails: two are counted, and it is said", async (t) => {
  const broken: Fault = { kind: "any", at: 1, count: 999, type: "http", status: 500 };
  const run = await play(t, { faults: [[], [broken], []], policy: all() });
  assert.equal(run.receipt.answer, "42");
  assert.match(run.receipt.why, /2 of 2 answers agree/);
  assert.match(run.receipt.why, /team-2 failed/);
});

test("R3: losers that are really cut off leave no stack, no warning and no half line on screen", async (t) => {
  const late = { latency_ms: 60_000, ttft_frac: 0.001, pad_chars: 2_000 };
  const sim = { rounds: 3, participants: ["Coder", "ComputerTerminal"], answer: "42", latency_ms: 5 };
  const hang = { faults: [{ kind: "ledger", type: "hang", ms: 60_000 }] };
  const server = await scriptedServer(t, { models: { sim: { ...sim, teams: { "1": late, "2": hang } } } });
  const run = await m1p(t, ["solve", "What is six times seven?", "-k", "3", "-m", modelsOf(server, "sim", 3)]);
  assert.equal(run.exitCode, 0, run.stderr);
  const { log, inflight } = await server.stats();
  assert.deepEqual([log.filter((call) => call.disconnected).length, inflight], [2, 0]);
  assert.match(run.stderr, /, 2 calls cut off, 0 begun/);
  assert.match(run.stderr, /^team-2 .*cut off after/m);
  assert.match(run.stderr, /^team-3 .*cut off after/m);
  assert.doesNotMatch(run.stderr, /\n\s+at |Error|Warning|[Uu]nhandled/);
  for (const line of run.stderr.split("\n").filter(Boolean)) assert.match(line, /^(race|team-\d) +\d+\.\ds {2}\S/);
});
