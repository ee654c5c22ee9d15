import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync, copyFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import type { LoggedEvent } from "../../src/events/run-event.ts";
import { m1pHere, temporaryFolder, type CommandRun } from "./support.ts";

const DOCUMENTS = new URL("../fixtures/documents/", import.meta.url);

function ledger(satisfied: boolean, instruction: string): string {
  const reason = "It is so.";
  return JSON.stringify({
    is_request_satisfied: { reason, answer: satisfied },
    is_in_loop: { reason, answer: false },
    is_progress_being_made: { reason, answer: true },
    next_speaker: { reason, answer: "FileSurfer" },
    instruction_or_question: { reason, answer: instruction },
  });
}

function surfs(actions: readonly object[], answer = ""): string {
  const empty = { path: "", part: "", page: 1, query: "" };
  return JSON.stringify({ actions: actions.map((action) => ({ ...empty, ...action })), answer });
}

/** A rehearsal in which the FileSurfer does this for its one instruction. */
function rehearsal(question: string, surfing: readonly object[], answer: string) {
  return {
    replies: [
      { match: "pre-survey", text: "1. GIVEN FACTS: a file." },
      { match: "bullet-point plan", text: "- FileSurfer looks." },
      { match: "is_request_satisfied", text: ledger(false, question) },
      ...surfing,
      { match: "is_request_satisfied", text: ledger(true, "Answer.") },
      { match: "FINAL ANSWER", text: `FINAL ANSWER: ${answer}` },
    ],
  };
}

async function solve(t: TestContext, file: string, script: object, ...more: string[]): Promise<CommandRun> {
  const folder = temporaryFolder(t);
  const [given, plays] = [path.join(folder, file), path.join(folder, "script.json")];
  copyFileSync(new URL(file, DOCUMENTS), given);
  writeFileSync(plays, JSON.stringify(script));
  return await m1pHere(t, ["solve", "What does it say?", "-f", given, "-k", "1", "-m", `scripted/${plays}`, ...more]);
}

function resultsOf(events: readonly LoggedEvent[], tool: string): string[] {
  const keys = new Set(
    events.flatMap((event) =>
      event.type === "step-started" && event.step.kind === "tool" && event.step.tool === tool ? [event.key] : [],
    ),
  );
  return events.flatMap((event) =>
    event.type === "step-finished" && keys.has(event.key) ? [event.result?.text ?? ""] : [],
  );
}

test("a question about a PDF: the FileSurfer finds the page, reads it and answers", async (t) => {
  const surfing = [
    {
      match: ["report.pdf", "11,041 bytes"],
      text: surfs([{ do: "find", path: "report.pdf", query: "harbour master" }]),
    },
    { match: ["page 11:", "What do you do next?"], text: surfs([{ do: "read", path: "report.pdf", page: 11 }]) },
    { match: "The harbour master is Ilse Brandt", text: surfs([], "The harbour master is Ilse Brandt (page 11).") },
  ];
  const script = rehearsal("Who is the harbour master?", surfing, "Ilse Brandt");
  const run = await solve(t, "report.pdf", script, "--json");
  assert.equal(run.exitCode, 0, run.stderr);
  assert.match(resultsOf(run.events, "find-in-file")[0] ?? "", /1 hit for "harbour master":\n- page 11: /);
  assert.match(resultsOf(run.events, "read-file")[0] ?? "", /page 11 of 17\)/);
  const spoken = run.events.flatMap((event) => (event.type === "agent-spoke" ? [`${event.agent}: ${event.text}`] : []));
  assert.ok(spoken.some((said) => said.startsWith("FileSurfer: The harbour master is Ilse Brandt (page 11).")));
  const last = run.events.at(-1);
  assert.ok(last?.type === "run-finished" && last.answer === "Ilse Brandt");
});

test("a question about a picture: a scripted model is shown it, and the run keeps it", async (t) => {
  const surfing = [
    { match: "chart.png", text: surfs([{ do: "look", path: "chart.png", query: "How many bars?" }]) },
    { first: "You see a picture", match: "How many bars?", text: "Three bars: navy, teal, orange." },
    { match: "Three bars: navy", text: surfs([], "It shows three bars.") },
  ];
  const run = await solve(t, "chart.png", rehearsal("Look at it.", surfing, "three bars"), "--json");
  assert.equal(run.exitCode, 0, run.stderr);
  const images = run.events.flatMap((event) =>
    event.type === "step-started" && event.step.kind === "model"
      ? event.step.conversation.added.flatMap((message) => message.images ?? [])
      : [],
  );
  assert.deepEqual(
    images.map(({ mediaType, width, height }) => [mediaType, width, height]),
    [["image/png", 320, 200]],
  );
  const [started] = run.events;
  assert.ok(started?.type === "run-started" && started.rehearsal);
  const blob = images[0]?.blob ?? "";
  const kept = path.join(run.dataDir, "runs", started.runId, "blobs", blob.slice(0, 2), blob);
  assert.ok(existsSync(kept), kept);
  assert.deepEqual(readFileSync(kept), readFileSync(new URL("chart.png", DOCUMENTS)));
});

test("R4: a file that can't be read costs a message; the team goes on and answers", async (t) => {
  const surfing = [
    { match: "encrypted.pdf", text: surfs([{ do: "read", path: "encrypted.pdf" }]) },
    { match: "is protected by a password", text: surfs([], "It is protected by a password.") },
  ];
  const run = await solve(t, "encrypted.pdf", rehearsal("Read it.", surfing, "It cannot be read"));
  assert.equal(run.exitCode, 0, run.stderr);
  assert.match(run.stdout, /^It cannot be read\n/);
});
