import assert from "node:assert/strict";
import { test } from "node:test";
import { runLine } from "../../../../src/cli/telling/run-line.ts";

const runId = "01a2136f-f777-779e-ac8b-516b5b990d41";
const run = { runId, startedAt: 0, changedAt: 0, prompt: "Which month sold most?", outcome: "answered" } as const;

function lineAt(columns: number | undefined): string {
  const quiet = { write: () => {} };
  return runLine(run, { stdout: quiet, stderr: quiet, color: false, columns, environment: {}, directory: "." });
}

test("a narrow screen has the beginning of the id, so that the task is seen; a wide one and a pipe have all of it", () => {
  assert.equal(lineAt(80), "01a2136f-f777  1970-01-01 00:00:00  answered     Which month sold most?");
  for (const columns of [160, undefined]) assert.ok(lineAt(columns).startsWith(`${runId}  `));
});
