import assert from "node:assert/strict";
import { test } from "node:test";
import { nameMeant } from "../../../../src/team/magentic-one/progress-ledger.ts";

const TEAM = ["Coder", "ComputerTerminal", "FileSurfer"];

test("a member is known by its name in any spelling, and by what it is called elsewhere", () => {
  for (const [given, meant] of [
    ["Coder", "Coder"],
    ["computer terminal", "ComputerTerminal"],
    ["**FileSurfer**", "FileSurfer"],
    ["the Coder, please", "Coder"],
    ["Assistant", "Coder"],
    ["Executor", "ComputerTerminal"],
    ["WebSurfer", undefined],
    ["Coder or FileSurfer", undefined],
    ["NoSuchAgent", undefined],
  ] as const)
    assert.equal(nameMeant(given, TEAM), meant, given);
});

test("a member of the person's own that is really called Assistant is itself", () => {
  assert.equal(nameMeant("assistant", [...TEAM, "Assistant"]), "Assistant");
  assert.equal(nameMeant("Assistant", ["FileSurfer"]), undefined);
});
