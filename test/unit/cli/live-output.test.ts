import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import { LiveOutput } from "../../../src/cli/live-output.ts";
import type { LoggedEvent } from "../../../src/events/run-event.ts";

const KEY = "team-1/codex/1";

function bench() {
  const clock = new VirtualClock();
  const shown: string[] = [];
  const output = new LiveOutput(clock, ({ key, text }) => void shown.push(`${key}: ${text}`));
  const place = { seq: 1, time: 0, scope: "team-1" };
  const step = { kind: "tool" as const, arguments: {}, effect: "workspace" as const, egress: [] };
  return {
    clock,
    shown,
    print: (text: string, key = KEY) => output.take({ type: "output-streamed", key, text }),
    begin: (tool = "command", key = KEY) =>
      output.follow({
        ...place,
        type: "step-started",
        key,
        agent: "codex",
        step: { ...step, tool },
        request: "",
      } satisfies LoggedEvent),
    end: (key = KEY) =>
      output.follow({ ...place, type: "step-finished", key, status: "succeeded", attempts: 1, durationMs: 1 }),
  };
}

suite("live output", () => {
  test("lines are shown whole, and not before their step has been told", () => {
    const { shown, print, begin, end } = bench();
    print("one\ntw");
    assert.deepEqual(shown, []);
    begin();
    assert.deepEqual(shown, [`${KEY}: one`]);
    print("o\n\nthree");
    end();
    assert.deepEqual(
      shown,
      ["one", "two", "three"].map((line) => `${KEY}: ${line}`),
    );
    print("late\n");
    assert.equal(shown.length, 3);
  });

  test("who prints without end does not fill the screen, and it is said how much is not shown", async () => {
    const { clock, shown, print, begin, end } = bench();
    begin();
    for (let line = 0; line < 1_000; line += 1) print(`line ${line}\n`);
    assert.equal(shown.length, 30);
    await clock.advance(200);
    print("a\nb\nc\n");
    assert.deepEqual(
      shown.slice(30),
      ["(970 more lines)", "a", "b"].map((line) => `${KEY}: ${line}`),
    );
    end();
    assert.deepEqual(shown.slice(33), [`${KEY}: (1 more line)`]);
  });

  test("what other tools print is not shown", () => {
    const { shown, print, begin, end } = bench();
    begin("terminal");
    print("program\n");
    end();
    assert.deepEqual(shown, []);
  });
});
