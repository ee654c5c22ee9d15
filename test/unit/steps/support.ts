import { CancelScope } from "../../../src/base/abort.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { LoggedEvent } from "../../../src/events/run-event.ts";
import type { ModelOutcome, StepExecution, ToolExecutor } from "../../../src/steps/executors.ts";
import { MemoryLog } from "../../../src/log/memory-log.ts";
import { StepDoor } from "../../../src/steps/step-door.ts";
import type { Message } from "../../../src/events/message.ts";
import type { ModelSettings } from "../../../src/events/model-call.ts";

export interface ModelCallSeen {
  readonly messages: readonly Message[];
  readonly settings: ModelSettings;
  readonly execution: StepExecution;
  readonly answer: (text: string) => void;
  readonly fail: (error: Error) => void;
}

/** A door over a memory log whose model and tool calls the test answers by hand. */
export async function openDoor(clock: Clock = new VirtualClock()) {
  const log = new MemoryLog({ runId: "run", clock });
  const scope = new CancelScope();
  const calls: ModelCallSeen[] = [];
  let onCall: (call: ModelCallSeen) => void = () => {};
  const tools: ToolExecutor = {
    declare: () => ({ effect: "workspace", egress: [] }),
    reopen: async () => true,
    execute: async (tool, args) => ({ text: `${tool} ${JSON.stringify(args)}`, facts: { exitCode: 0 } }),
  };
  const door = new StepDoor({
    team: "team-1",
    writer: await log.acquire("team-1"),
    clock,
    seed: "seed",
    signal: scope.signal,
    models: {
      cutOffUsage: async () => ({ inputTokens: 3, outputTokens: 0, cachedTokens: 0, costUsd: 0, estimated: true }),
      execute: (messages, settings, execution) => {
        const { promise, resolve, reject } = Promise.withResolvers<ModelOutcome>();
        const usage = { inputTokens: 3, outputTokens: 2, cachedTokens: 0, costUsd: 0, estimated: false };
        const call: ModelCallSeen = {
          messages,
          settings,
          execution,
          answer: (text) => resolve({ reply: { text, finishReason: "stop" }, usage, attempts: 1, retried: [] }),
          fail: reject,
        };
        calls.push(call);
        onCall(call);
        return promise;
      },
    },
    tools,
    defaults: { model: "m", temperature: 0.5, seed: 7 },
    live: () => {},
    effects: {
      perform: () => Promise.reject(new Error("no effects in this test")),
      mayRepeat: async () => true,
    },
    takeInputs: () => [],
    onFault: (error) => scope.cancel(error),
  });
  return {
    door,
    log,
    scope,
    calls,
    events: (): LoggedEvent[] => [...log.read()],
    nextCall: () => new Promise<ModelCallSeen>((resolve) => (onCall = resolve)),
  };
}
