import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { Cancelled, M1Error, UsageError } from "../../../../src/base/errors.ts";
import { StepFailed } from "../../../../src/steps/step-failed.ts";
import { magenticOneTeam } from "../../../../src/team/magentic-one/magentic-one-team.ts";
import { failure, ledgerText } from "../support/scripted-steps.ts";
import { play, PROGRAM, start } from "../support/play-team.ts";

const OPENING = { facts: ["a table"], plan: ["- Write a program."] };
const SATISFIED = ledgerText({ satisfied: true });
const FINAL = ["FINAL ANSWER: 7"];
const codeIs = (code: string) => (error: unknown) => error instanceof M1Error && error.code === code;

test("R4: an agent's failed step costs a turn, is told to the team, and ends nothing", async () => {
  const { result, steps } = await play({
    replies: {
      ...OPENING,
      ledger: [ledgerText(), ledgerText(), SATISFIED],
      coder: [failure("model-http", "The server answered 500."), "It is 7."],
      final: FINAL,
    },
  });
  assert.deepEqual([result.outcome, result.turns], ["answered", 2]);
  const told = { role: "user", name: "Coder", content: "I could not do this: The server answered 500." };
  assert.deepEqual(steps.callsOf("ledger")[1]?.messages.at(-2), told);
  assert.match(steps.callsOf("coder")[1]?.messages.at(-2)?.content ?? "", /I could not do this/);
});

test("R4: a fault in an agent ends its team at once, and is no news for the team", async () => {
  const fault = new TypeError("conversation.since is not a function");
  const { steps, solving } = start({
    replies: { ...OPENING, ledger: { always: ledgerText() }, coder: [fault] },
  });
  await assert.rejects(solving, (error) => error === fault);
  assert.equal(steps.callsOf("ledger").length, 1);
  assert.doesNotMatch(JSON.stringify(steps.events), /I could not do this/);
});

test("a call that cannot be costs a turn", async () => {
  const unknown = new UsageError("tool-unknown", 'There is no tool "terminal".');
  const { result } = await play({
    replies: { ...OPENING, ledger: [ledgerText(), SATISFIED], coder: [unknown], final: FINAL },
  });
  assert.deepEqual([result.outcome, result.turns], ["answered", 1]);
});

test("three failed turns in a row end the team with the last one's code and cause", async () => {
  const { steps, solving } = start({
    replies: { ...OPENING, ledger: { always: ledgerText() }, coder: { always: failure("model-timeout", "Silence.") } },
  });
  await assert.rejects(solving, (error) => {
    assert.ok(codeIs("model-timeout")(error));
    assert.match((error as Error).message, /3 turns in a row failed, the last one Coder's: Silence\./);
    return true;
  });
  assert.equal(steps.callsOf("coder").length, 3);
});

test("failed turns count in a row only", async () => {
  const bad = failure("model-http");
  const { result } = await play(
    {
      replies: {
        ...OPENING,
        ledger: [...Array<string>(5).fill(ledgerText()), SATISFIED],
        coder: [bad, bad, "Here.", bad, bad],
        final: FINAL,
      },
    },
    { maxStalls: 9 },
  );
  assert.equal(result.outcome, "answered");
});

for (const code of ["model-network", "model-refused-key", "model-unknown", "model-quota"]) {
  test(`a team whose model cannot be had (${code}) fails at once, with that code`, async () => {
    const { steps, solving } = start({ replies: { facts: [failure(code)] } });
    await assert.rejects(solving, codeIs(code));
    assert.equal(steps.calls.length, 1);
    const later = start({ replies: { ...OPENING, ledger: { always: ledgerText() }, coder: [failure(code)] } });
    await assert.rejects(later.solving, codeIs(code));
    assert.equal(later.steps.callsOf("coder").length, 1);
  });
}

test("a ledger that cannot be asked for, because the model is gone, fails the team with the cause's code and hint", async () => {
  const gone = new StepFailed("team-1/1", { code: "model-network", message: "Nobody is there.", hint: "Start it." });
  const { solving } = start({ replies: { ...OPENING, ledger: [gone] } });
  await assert.rejects(solving, { code: "model-network", hint: "Start it." });
});

test("fault: one refused request (HTTP 400) is put once more, wherever it comes", async () => {
  const refused = failure("model-refused");
  const { result } = await play({
    replies: {
      facts: [refused, "a table"],
      plan: [refused, "- Write a program."],
      ledger: [refused, ledgerText(), refused, SATISFIED],
      coder: ["It is 7."],
      final: [refused, "FINAL ANSWER: 7"],
    },
  });
  assert.equal(result.outcome, "answered");
});

test("an endpoint that refuses every ledger gets no more of them: the rules take over", async () => {
  const { result, steps } = await play({
    replies: {
      ...OPENING,
      ledger: { always: failure("model-refused") },
      coder: [PROGRAM],
      rules_coder: { always: PROGRAM },
      final: ["FINAL ANSWER: 42"],
    },
  });
  assert.equal(result.outcome, "answered");
  assert.equal(steps.eventsOf("orchestrator-mode-changed").at(-1)?.mode, "rules");
});

test("R3: a stop lets a team go at once, whatever it is in, with the stop's reason", async () => {
  for (const stage of ["facts", "ledger", "coder", "final"] as const) {
    const stop = new AbortController();
    const reached = Promise.withResolvers<void>();
    const hang = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        reached.resolve();
      });
    const replies = { ...OPENING, ledger: [ledgerText(), SATISFIED], coder: ["Hm."], final: FINAL, [stage]: [hang] };
    const { steps, solving } = start({ signal: stop.signal, replies });
    await reached.promise;
    stop.abort(new Cancelled("race-decided", "Another team won."));
    await assert.rejects(solving, codeIs("race-decided"));
    assert.equal(getEventListeners(stop.signal, "abort").length, 0);
    const calls = steps.calls.length;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(steps.calls.length, calls, "a stopped team never comes back");
  }
});

test("R3: a stop lets a team go though a tool holds on", async () => {
  const stop = new AbortController();
  const reached = Promise.withResolvers<void>();
  const { solving } = start({
    signal: stop.signal,
    replies: { ...OPENING, ledger: [ledgerText(), ledgerText({ speaker: "ComputerTerminal" })], coder: [PROGRAM] },
    tools: () => () => {
      reached.resolve();
      return new Promise<never>(() => {});
    },
  });
  await reached.promise;
  stop.abort(new Cancelled("race-decided", "Another team won."));
  await assert.rejects(solving, codeIs("race-decided"));
});

test("options that cannot be are refused before anything starts", () => {
  for (const options of [{ maxTurns: 0 }, { maxStalls: 0 }, { maxReplans: -1 }, { maxTurns: 1.5 }]) {
    assert.throws(() => magenticOneTeam(options), UsageError);
  }
});
