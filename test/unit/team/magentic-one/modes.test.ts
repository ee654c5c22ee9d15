import assert from "node:assert/strict";
import { test } from "node:test";
import { ledgerText, shortLedgerText } from "../support/scripted-steps.ts";
import { play, PROGRAM } from "../support/play-team.ts";

const OPENING = { facts: ["a table"], plan: ["- Write a program."] };

test("short ledger: five flat answers lead a team to its end", async () => {
  const { result, steps } = await play(
    {
      replies: {
        ...OPENING,
        ledger: [
          shortLedgerText({ instruction: "Count." }),
          shortLedgerText({ speaker: "ComputerTerminal" }),
          shortLedgerText({ satisfied: true }),
        ],
        coder: [PROGRAM],
        final: ["FINAL ANSWER: 42"],
      },
    },
    { mode: "short-ledger" },
  );
  assert.deepEqual([result.outcome, result.turns], ["answered", 2]);
  assert.equal(result.reason, "The request is satisfied.");
  const format = steps.callsOf("ledger")[0]?.call.format;
  assert.ok(format?.kind === "schema");
  assert.deepEqual(format.schema["properties"], {
    is_request_satisfied: { type: "boolean" },
    is_in_loop: { type: "boolean" },
    is_progress_being_made: { type: "boolean" },
    next_speaker: { type: "string" },
    instruction_or_question: { type: "string" },
  });
  assert.deepEqual(
    steps.eventsOf("progress-ledger-written").map(({ mode }) => mode),
    ["short-ledger", "short-ledger", "short-ledger"],
  );
});

test("short ledger: its question is much shorter, and the long form is taken as well", async () => {
  const replies = { ...OPENING, ledger: [ledgerText({ satisfied: true })], final: ["FINAL ANSWER: 42"] };
  const long = await play({ replies });
  const short = await play({ replies }, { mode: "short-ledger" });
  const length = ({ steps }: typeof long) => steps.callsOf("ledger")[0]?.messages.at(-1)?.content.length ?? 0;
  assert.ok(length(short) < 0.6 * length(long));
  assert.equal(short.result.outcome, "answered");
});

test("a ledger that stays unusable is a typed stall, and the rules lead that turn", async () => {
  const { result, steps } = await play({
    replies: {
      ...OPENING,
      ledger: ["no", "no", "no", "no", ledgerText({ speaker: "ComputerTerminal" }), ledgerText({ satisfied: true })],
      coder: [PROGRAM],
      final: ["FINAL ANSWER: 42"],
    },
  });
  assert.equal(result.outcome, "answered");
  assert.equal(steps.eventsOf("ledger-rejected").length, 4);
  assert.deepEqual(
    steps.eventsOf("progress-ledger-written").map(({ mode }) => mode),
    ["rules", "full-ledger", "full-ledger"],
  );
  const [stalled] = steps.eventsOf("stall-counted");
  assert.equal(stalled?.stalls, 1);
  assert.match(stalled?.reason ?? "", /^ledger unusable: it holds no JSON object/);
  assert.equal(steps.eventsOf("orchestrator-mode-changed").length, 0);
});

test("a turn led by rules for want of a ledger never counts as satisfied", async () => {
  const bad = ["no", "no", "no", "no"];
  const { result, steps } = await play({
    replies: {
      ...OPENING,
      ledger: [ledgerText(), ledgerText({ speaker: "ComputerTerminal" }), ...bad, ledgerText({ satisfied: true })],
      coder: [PROGRAM, "There are 42."],
      final: ["FINAL ANSWER: 42"],
    },
  });
  assert.deepEqual([result.outcome, result.turns], ["answered", 3]);
  assert.match(steps.callsOf("coder")[1]?.messages.at(-1)?.content ?? "", /The program printed a result/);
});

test("counted failures demote: full ledger, short ledger, rules; each is told, and the team still answers", async () => {
  const { result, steps } = await play({
    replies: {
      ...OPENING,
      ledger: { always: "I am a small model and like prose." },
      coder: [PROGRAM],
      rules_coder: { always: PROGRAM },
      final: ["FINAL ANSWER: 42"],
    },
  });
  assert.equal(result.outcome, "answered");
  assert.deepEqual(
    steps.eventsOf("orchestrator-mode-changed").map(({ mode }) => mode),
    ["short-ledger", "rules"],
  );
  assert.match(steps.eventsOf("orchestrator-mode-changed")[0]?.reason ?? "", /2 ledgers in a row were unusable/);
  assert.equal(steps.eventsOf("progress-ledger-written").at(-1)?.mode, "rules");
  assert.equal(steps.callsOf("ledger").length, 16);
});

test("one good ledger between two unusable ones demotes nobody", async () => {
  const bad = ["no", "no", "no", "no"];
  const { steps } = await play({
    replies: {
      ...OPENING,
      ledger: [...bad, ledgerText(), ...bad, ledgerText({ satisfied: true })],
      coder: { always: "Thinking." },
      final: ["FINAL ANSWER: 42"],
    },
  });
  assert.equal(steps.eventsOf("orchestrator-mode-changed").length, 0);
});
