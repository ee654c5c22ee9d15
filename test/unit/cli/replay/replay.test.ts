import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { LabelledLines, replay } from "../../../../src/cli/replay/replay.ts";
import type { Terminal } from "../../../../src/cli/terminal.ts";
import { recorded, started } from "./recorded.ts";

function screen(): Terminal & { readonly text: () => string } {
  let written = "";
  const stderr = { write: (text: string) => (written += text) };
  return {
    stdout: stderr,
    stderr,
    color: false,
    columns: undefined,
    environment: {},
    directory: "",
    text: () => written,
  };
}

const race = recorded(
  started,
  { type: "agent-spoke", scope: "team-1", key: "k", agent: "Coder", text: "alpha" },
  { type: "agent-spoke", scope: "team-1", key: "k", agent: "Coder", text: "beta" },
);

test("a replay keeps the race's pace, and labels every line", async () => {
  const [clock, terminal] = [new VirtualClock(), screen()];
  const shown = replay(race, new LabelledLines(terminal), { clock, speed: 2, signal: new AbortController().signal });
  await clock.advance(499);
  assert.doesNotMatch(terminal.text(), /alpha/);
  await clock.advance(1);
  assert.match(terminal.text(), /alpha/);
  assert.doesNotMatch(terminal.text(), /beta/);
  await clock.advance(500);
  await shown;
  for (const line of terminal.text().trimEnd().split("\n")) assert.match(line, /^REPLAY {2}/);
});

test("an abort ends a replay at once and leaves no timer", async () => {
  const [clock, terminal, stop] = [new VirtualClock(), screen(), new AbortController()];
  const shown = replay(race, new LabelledLines(terminal), { clock, speed: 1, signal: stop.signal });
  await clock.advance(100);
  stop.abort();
  await shown;
  assert.equal(clock.pending, 0);
  assert.doesNotMatch(terminal.text(), /alpha/);
});
