import { FORMAT_VERSION, type EventOf } from "../../src/events/run-event.ts";

/** A small event, told from others by its text. */
export function spoke(text: string, key = "team-1/Coder/1"): EventOf<"agent-spoke"> {
  return { type: "agent-spoke", key, agent: "Coder", text };
}

export function started(runId: string, prompt = "What is the answer?"): EventOf<"run-started"> {
  return {
    type: "run-started",
    formatVersion: FORMAT_VERSION,
    engineVersion: "0.1.0",
    promptVersion: "1",
    runId,
    task: { prompt, files: [] },
    teams: [{ team: "team-1", kind: "magentic-one", models: ["scripted/x"], tools: [] }],
    policy: { name: "first-answer", need: 1, accept: "answered" },
    limits: {},
    seed: "seed",
    rehearsal: true,
  };
}

export function resumed(formatVersion: number = FORMAT_VERSION): EventOf<"run-resumed"> {
  return { type: "run-resumed", formatVersion, engineVersion: "0.1.0", promptVersion: "1" };
}

/** A tool call with arguments of the user's own. */
export function called(args: Record<string, unknown>, key = "team-1/Coder/2"): EventOf<"step-started"> {
  const step = { kind: "tool" as const, tool: "run", arguments: args, effect: "read" as const, egress: [] };
  return { type: "step-started", key, agent: "Coder", step, request: "request" };
}

export function texts(events: Iterable<{ readonly type: string }>): string[] {
  return [...events].map((event) =>
    event.type === "agent-spoke" && "text" in event ? String(event.text) : event.type,
  );
}

export const asked: EventOf<"question-asked"> = {
  type: "question-asked",
  question: "q-1",
  about: "effect",
  subject: "commit:team-1/Coder/3",
  team: "team-1",
  tool: "ticket",
  arguments: {},
  text: "Was it done?",
};

export function finished(runId: string, effects: EventOf<"run-finished">["effects"] = "none"): EventOf<"run-finished"> {
  return {
    type: "run-finished",
    runId,
    outcome: "answered",
    answer: "42",
    why: "team-1 answered.",
    winner: "team-1",
    findings: null,
    latencyMs: 10,
    usage: { calls: 0, tokens: 0, cachedTokens: 0, costUsd: 0, estimated: false },
    afterWin: { callsBegun: 0, callsAborted: 0, tokens: 0, quietMs: 0, stillAlive: [] },
    effects,
    teams: [],
  };
}
