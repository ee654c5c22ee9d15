import { FORMAT_VERSION, type LoggedEvent, type RunEvent } from "../../../../src/events/run-event.ts";

/** Events as a log gives them, a second apart. */
export function recorded(...events: readonly (RunEvent & { readonly scope?: string })[]): LoggedEvent[] {
  return events.map((event, index) => ({ scope: "run", ...event, seq: index + 1, time: 1_000_000 + index * 1_000 }));
}

export const started: RunEvent = {
  type: "run-started",
  formatVersion: FORMAT_VERSION,
  engineVersion: "0",
  promptVersion: "0",
  runId: "run-1",
  task: { prompt: "What is six\ntimes seven?", files: [{ name: "a.csv", blob: "b", bytes: 3 }] },
  teams: ["team-1", "team-2"].map((team) => ({
    team,
    kind: "magentic-one",
    models: ["scripted/x.json"],
    tools: ["terminal"],
    mode: "full-ledger",
    temperature: 0.7,
  })),
  policy: { name: "first-answer", need: 1, accept: "answered" },
  limits: {},
  seed: "s",
  rehearsal: true,
};
