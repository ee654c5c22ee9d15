import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/main.ts";

async function helpOf(...command: readonly string[]): Promise<string> {
  let text = "";
  const write = (part: string) => void (text += part);
  const terminal = { color: false, columns: 80, environment: {}, directory: "." };
  assert.equal(await main([...command, "--help"], { stdout: { write }, stderr: { write }, ...terminal }), 0);
  return text;
}

test("no line of any command's help is wider than 80 columns", async () => {
  const commands = [...(await helpOf()).matchAll(/^ {2}([a-z]+)[ |]/gm)].map(([, name = ""]) => [name]);
  assert.ok(commands.length > 12, String(commands.length));
  for (const command of [[], ["runs", "rm"], ...commands.filter(([name]) => name !== "m1p" && name !== "help")]) {
    for (const line of (await helpOf(...command)).split("\n"))
      assert.ok(line.length <= 80, `${command.join(" ")}: ${line}`);
  }
});

test("every option of solve stands in a group that says what it is about", async () => {
  const text = await helpOf("solve");
  const headings = [...text.matchAll(/^(\S.*):$/gm)].map(([, heading]) => heading);
  assert.ok(headings.length >= 9, String(headings));
  assert.ok(!headings.includes("Options"), String(headings));
});

test("a wrong command line says whose help shows how", async () => {
  let told = "";
  const stderr = { write: (part: string) => void (told += part) };
  const terminal = { stdout: { write: () => {} }, stderr, color: false, columns: 80, environment: {}, directory: "." };
  assert.equal(await main(["solve", "task", "-k", "0"], terminal), 2);
  assert.match(told, /m1p solve --help shows how/);
});
