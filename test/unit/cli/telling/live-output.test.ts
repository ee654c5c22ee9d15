import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { LiveOutput } from "../../../../src/cli/telling/live-output.ts";
import type { LoggedEvent } from "../../../../src/events/run-event.ts";

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
      output.around(
        {
          ...place,
          type: "step-started",
          key,
          agent: "codex",
          step: { ...step, tool },
          request: "",
        } satisfies LoggedEvent,
        () => void shown.push(`begins ${key}`),
      ),
    end: (key = KEY) =>
      output.around(
        { ...place, type: "step-finished", key, status: "succeeded", attempts: 1, durationMs: 1 },
        () => void shown.push(`ends ${key}`),
      ),
  };
}

const lines = (...texts: readonly string[]) => texts.map((line) => `${KEY}: ${line}`);

suite("live output", () => {
  test("lines are shown whole, between their step's beginning and its end", () => {
    const { shown, print, begin, end } = bench();
    print("one\ntw");
    assert.deepEqual(shown, []);
    begin();
    print("o\n\nthree");
    end();
    assert.deepEqual(shown, [`begins ${KEY}`, ...lines("one", "two", "three"), `ends ${KEY}`]);
    print("late\n");
    assert.equal(shown.length, 5);
  });

  test("who prints without end does not fill the screen; it is said how much is not shown, and the last line is", async () => {
    const { clock, shown, print, begin, end } = bench();
    begin();
    for (let line = 0; line < 1_000; line += 1) print(`line ${line}\n`);
    assert.equal(shown.length, 31);
    await clock.advance(200);
    print("a\nb\nc\n");
    assert.deepEqual(shown.slice(31), lines("(970 more lines)", "a", "b"));
    print("d\ne\n");
    end();
    assert.deepEqual(shown.slice(34), [...lines("(2 more lines)", "e"), `ends ${KEY}`]);
  });

  test("what other tools print is not shown", () => {
    const { shown, print, begin, end } = bench();
    begin("terminal");
    print("program\n");
    end();
    assert.deepEqual(shown, [`begins ${KEY}`, `ends ${KEY}`]);
  });
});
