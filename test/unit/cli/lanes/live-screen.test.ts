import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveScreen } from "../../../../src/cli/lanes/live-screen.ts";
import { fitLine, span, type ScreenLine } from "../../../../src/cli/lanes/screen-line.ts";
import { TestScreen } from "./screen.ts";

const line = (text: string): ScreenLine => [span(text)];
const linesOf = (...texts: readonly string[]) => texts.map(line);

function open(columns: number, rows: number): { stream: TestScreen; screen: LiveScreen } {
  const stream = new TestScreen(columns, rows);
  stream.write("$ before\n");
  return { stream, screen: new LiveScreen(stream, { color: false, reflows: true }) };
}

test("frames of any height replace each other, and what was there before stays", async () => {
  const { stream, screen } = open(40, 10);
  for (const frame of [["one", "two"], ["one", "three", "four", "five"], ["six"], []]) {
    screen.draw(linesOf(...frame));
    assert.equal(await stream.text(), ["$ before", ...frame].join("\n"));
  }
  screen.close([]);
});

test("nothing is written where nothing has changed, and else only the lines that have", () => {
  const { stream, screen } = open(40, 10);
  screen.draw(linesOf("one", "two", "three"));
  const [writes, length] = [stream.writes, stream.written.length];
  screen.draw(linesOf("one", "two", "three"));
  assert.equal(stream.writes, writes);
  screen.draw(linesOf("one", "TWO", "three"));
  assert.match(stream.written.slice(length), /TWO/);
  assert.doesNotMatch(stream.written.slice(length), /one|three/);
  screen.close([]);
});

test("text above the lanes stays, whole, and the lanes go on below it", async () => {
  const { stream, screen } = open(20, 6);
  screen.draw(linesOf("a long line of lanes", "b"));
  screen.above("\nfirst\nsecond, which is longer than the screen\n");
  screen.draw(linesOf("A", "b"));
  assert.equal(await stream.text(), "$ before\n\nfirst\nsecond, which is lon\nger than the screen\nA\nb");
  screen.close([]);
});

test("a narrower screen, on which lines break anew, keeps no litter of the frame before", async () => {
  const { stream, screen } = open(60, 12);
  const frame = (columns: number) =>
    ["x".repeat(80), "short", "y".repeat(80)].map((text) => fitLine(line(text), columns));
  screen.draw(frame(60));
  for (const columns of [31, 20, 50, 25]) {
    await stream.resize(columns, 12);
    screen.draw(frame(columns));
    const expected = ["$ before", ...frame(columns).map(([first]) => first?.text ?? "")].join("\n");
    assert.equal(await stream.text(), expected, `${columns} columns`);
  }
  screen.close([]);
});

test("a character that takes more columns than we know pushes no line down", async () => {
  const { stream, screen } = open(20, 6);
  // This terminal takes six columns for a family that is one sign in others.
  const family = "👨‍👩‍👧".repeat(9);
  for (const text of ["one", "two"]) screen.draw([line(family), line(text)]);
  assert.equal((await stream.text()).split("\n").length, 3);
  screen.close([]);
});

test("the cursor is hidden while lanes are drawn, and shown when they are closed", () => {
  const { stream, screen } = open(20, 6);
  screen.draw(linesOf("one"));
  assert.equal(stream.hasCursor, false);
  screen.close(linesOf("the end"));
  assert.equal(stream.hasCursor, true);
});
