import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { LoggedEvent, RacePolicy } from "../../src/events/run-event.ts";
import { all } from "../../src/race/policies.ts";
import { magenticOne } from "../../src/run/magentic-one.ts";
import { race, type Receipt } from "../../src/run/race.ts";
import type { RequestEntry } from "../fixtures/scripted-model/start.ts";
import { scriptedServer, temporaryFolder } from "./support.ts";

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
  readonly policy?: RacePolicy;
  readonly maxTurns?: number;
}

async function play(t: TestContext, { faults, model, policy, maxTurns }: Setup): Promise<Run> {
  const teams = Object.fromEntries(faults.map((list, index) => [String(index), { faults: list }]));
  const sim = { rounds: 3, participants: ["Coder", "ComputerTerminal"], answer: "42", teams, ...model };
  const server = await scriptedServer(t, { models: { sim } });
  const run = race({
    task: "What is six times seven?",
    teams: magenticOne({
      model: faults.map((_, index) => `${server.url}#sim-${index}`),
      ...(maxTurns === undefined ? {} : { maxTurns }),
    }).times(faults.length),
    ...(policy ? { policy } : {}),
    store: "memory",
    dataDir: temporaryFolder(t),
    modelCalls: { retry: { firstWaitMs: 1 }, timeouts: { headersMs: 400, firstTokenMs: 400, idleMs: 400 } },
    environment: process.env,
  });
  const events: LoggedEvent[] = [];
  for await (const event of run.events) events.push(event);
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

test('R2: booleans as strings: "false" is false, and the task goes on', async (t) => {
  const run = await play(t, { faults: [[{ kind: "ledger", at: 1, count: 2, type: "string_bool" }]] });
  assert.equal(run.calls.filter((call) => call.fault === "string_bool").length, 2);
  assert.equal(run.receipt.answer, "42");
  assert.ok((run.receipt.teams[0]?.turns ?? 0) >= 2, "it did not end at the first ledger");
});

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
