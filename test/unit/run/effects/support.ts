import { z } from "zod";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import type { EventOf, LoggedEvent, RunEvent } from "../../../../src/events/run-event.ts";
import type { ToolResult, ToolStep } from "../../../../src/events/tool-call.ts";
import { MemoryLog } from "../../../../src/log/memory-log.ts";
import type { RunLog } from "../../../../src/log/run-log.ts";
import { EffectsFold } from "../../../../src/run/effects/effects-fold.ts";
import { RunEffects } from "../../../../src/run/effects/run-effects.ts";
import { defineTool, type CallStatus, type Tool, type ToolContext } from "../../../../src/tools/tool.ts";

export const RUN = "0192f0c0-0000-7000-8000-000000000001";

interface FakeToolOptions {
  readonly name?: string;
  readonly idempotent?: boolean;
  readonly repeatable?: boolean;
  readonly call: (context: ToolContext, title: string) => Promise<ToolResult>;
  readonly status?: (idempotencyKey: string) => Promise<CallStatus>;
}

const parameters = z.object({ title: z.string() });

/** A tool that opens tickets, as the test says. */
export function ticketTool(options: FakeToolOptions): Tool {
  const { name = "ticket", call, status, repeatable = false, idempotent = false } = options;
  return defineTool<typeof parameters>({
    name,
    description: "Opens a ticket.",
    parameters,
    idempotent,
    declare: () => ({ effect: "external", egress: ["tickets.example"], acts: "now", repeatable }),
    call: ({ title }, context) => call(context, title),
    ...(status && { status: (_args, { idempotencyKey }) => status(idempotencyKey) }),
  });
}

export const result = (text: string): ToolResult => ({ text, facts: {} });

export const START: EventOf<"run-started"> = {
  type: "run-started",
  formatVersion: 2,
  engineVersion: "0",
  promptVersion: "0",
  runId: RUN,
  task: { prompt: "?", files: [] },
  teams: [],
  policy: { name: "first-answer", need: 1, accept: "answered" },
  limits: {},
  seed: "seed",
  rehearsal: false,
};

/** The log of a run that has begun. */
export async function newRun(
  clock = new VirtualClock(),
  runId = RUN,
): Promise<{ readonly log: MemoryLog; readonly clock: VirtualClock }> {
  const log = new MemoryLog({ runId, clock });
  await append(log, "run", { ...START, runId });
  return { log, clock };
}

/** Appends as whoever writes this scope. */
export async function append(log: RunLog, scope: string, ...events: RunEvent[]): Promise<void> {
  await (await log.acquire(scope)).append(events);
}

/** A process that works on the run: what it knows it has from the log. */
export async function process(log: RunLog, clock: VirtualClock, ...tools: Tool[]): Promise<RunEffects> {
  return new RunEffects({
    log,
    writer: await log.acquire("run"),
    clock,
    fold: new EffectsFold(),
    tool: (name) => tools.find((tool) => tool.name === name),
    live: () => {},
  });
}

export const request = (team = "team-1", title = "printer", step = 1) => ({
  team,
  key: `${team}/${step}`,
  tool: "ticket",
  arguments: { title },
});

export const events = (log: RunLog): LoggedEvent[] => [...log.read()];

/** What the log has of the run's effects, in short. */
export function course(log: RunLog): string[] {
  return events(log).flatMap((event) => {
    if (event.type === "effect-started") return [`started ${event.effect.split(":")[0]}`];
    if (event.type === "effect-finished") return [`${event.status} by ${event.by}`];
    if (event.type === "question-asked") return ["asked"];
    return event.type === "question-answered" ? [event.decision] : [];
  });
}

/** The step of a team that stages a call. */
export function staging({ team, key, tool, arguments: args }: ReturnType<typeof request>): RunEvent[] {
  const step: ToolStep = { kind: "tool", tool, arguments: args, effect: "external", egress: [] };
  return [
    { type: "step-started", key, agent: team, step, request: "r" },
    {
      type: "step-finished",
      key,
      status: "succeeded",
      staged: true,
      result: result("staged"),
      attempts: 1,
      durationMs: 0,
    },
  ];
}

export const decision = (winner: string | null): EventOf<"race-decided"> => ({
  type: "race-decided",
  outcome: winner === null ? "unanswered" : "answered",
  answer: winner === null ? null : "42",
  why: "",
  winner,
  findings: null,
  latencyMs: 1,
});

export function openQuestion(log: RunLog): string {
  const asked = events(log).findLast((event) => event.type === "question-asked");
  return asked?.type === "question-asked" ? asked.question : "";
}

export const answer = (question: string, decision: "again" | "not-again" | "done", text?: string): RunEvent => ({
  type: "question-answered",
  question,
  decision,
  ...(text === undefined ? {} : { text }),
  by: "somebody",
});
