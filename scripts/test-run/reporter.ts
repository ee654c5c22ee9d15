/**
 * A reporter of node:test that speaks to the runner. Skipped and planned tests are failures: what is not
 * proven must not look proven.
 */
import { AssertionError } from "node:assert";
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import type { TestEvent } from "node:test/reporters";
import type { TestMessage, TestResult } from "./messages.ts";

type Told = Extract<TestEvent, { type: "test:pass" | "test:fail" }>;

// Every child is told of at its birth: one that shares nothing with its parent is not found later.
subscribe("child_process", (message) => {
  const child = (message as { process: ChildProcess }).process;
  child.once("spawn", () => tell({ kind: "spawned", pid: child.pid ?? -1 }));
});

export default async function* tellRunner(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const message = messageOf(event);
    if (message) tell(message);
  }
  yield "";
}

function tell(message: TestMessage): void {
  process.send?.(message);
}

function messageOf(event: TestEvent): TestMessage | undefined {
  switch (event.type) {
    case "test:dequeue":
      return { kind: "begun", id: event.data.testId };
    case "test:complete":
      return { kind: "ended", id: event.data.testId };
    case "test:pass":
    case "test:fail":
      return isLeaf(event) ? { kind: "result", result: resultOf(event) } : undefined;
    case "test:diagnostic":
      return event.data.level === "info" ? undefined : { kind: "warning", text: event.data.message };
    default:
      return undefined;
  }
}

/** What passes is counted by its tests, what fails where it failed: a suite only by a hook of its own. */
function isLeaf({ type, data }: Told): boolean {
  if (type === "test:pass") return data.details.type !== "suite";
  return failureTypeOf(data.details.error) !== "subtestsFailed";
}

function resultOf({ type, data }: Told): TestResult {
  const failure = type === "test:fail" ? describe(data.details.error) : notRun(data);
  return {
    name: data.name,
    place: `${data.file ?? ""}:${data.line ?? 0}`,
    milliseconds: data.details.duration_ms,
    ...(failure === undefined ? {} : { failure }),
  };
}

function notRun(data: Told["data"]): string | undefined {
  if (data.skip !== undefined) return "It is skipped, and nothing may be skipped.";
  return data.todo !== undefined ? "It is marked as to do, and nothing may be left so." : undefined;
}

function failureTypeOf(error: Error): unknown {
  return "failureType" in error ? error.failureType : undefined;
}

function describe(error: Error): string {
  const cause = error.cause ?? error;
  // Its stack begins with the difference; its fields say the same again.
  if (cause instanceof AssertionError && cause.stack !== undefined) return cause.stack;
  return typeof cause === "string" ? cause : inspect(cause, { depth: 4, maxStringLength: 4000 });
}
