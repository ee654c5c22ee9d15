import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ToolResult } from "../../../../src/events/tool-call.ts";
import { changesOf, commandAnswer, commandFailure, isSameAs } from "../../../../src/team/adapters/command-answer.ts";

const ran = (text: string, facts: ToolResult["facts"] = {}): ToolResult => ({ text, facts: { exitCode: 0, ...facts } });

suite("what a command's run says", () => {
  test("its last FINAL ANSWER line, however much it tells before and after", () => {
    const text =
      "I will end with\nFINAL ANSWER: <the answer>\nworking …\n**Final answer:** 42 units\ntokens used: 10\n";
    assert.equal(commandAnswer(ran(text)), "42 units");
    assert.equal(commandAnswer(ran("FINAL ANSWER:\nThe bug is\nin wrap.js.\n\nBye.")), "The bug is\nin wrap.js.");
  });

  test("without one, the end of its standard output alone", () => {
    assert.equal(commandAnswer(ran("noise\nDone.\n", { output: "Done.\n" })), "Done.");
    const long = commandAnswer(ran(`${"a line of much output\n".repeat(1000)}the end\n`));
    assert.match(long, /^… a line of much output\n/);
    assert.ok(long.endsWith("\nthe end") && long.length <= 4_002, String(long.length));
    assert.ok(commandAnswer(ran(`${"🎉".repeat(4001)}x`)).isWellFormed());
  });

  test("without output, which files it changed; without those, nothing", () => {
    const changes = "It changed 1 file: src/a.js.";
    assert.equal(commandAnswer(ran("warning\n", { output: "", changes })), changes);
    assert.equal(changesOf(ran("", { changes })), changes);
    assert.equal(commandAnswer(ran("  \n")), "");
    assert.equal(commandAnswer(ran("FINAL ANSWER:\n", { output: "FINAL ANSWER:\n" })), "FINAL ANSWER:");
  });

  test("another exit code than 0 is a failure, told with the last lines", () => {
    assert.equal(commandFailure(ran("fine"), "codex"), undefined);
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n");
    const failure = commandFailure(ran(lines, { exitCode: 2 }), "codex");
    assert.match(failure ?? "", /^codex ended with exit code 2\. It printed last:\nline 18\n[\s\S]*line 29$/);
    assert.equal(
      commandFailure(ran("", { exitCode: 127 }), "codex"),
      "codex ended with exit code 127 (a program of it was not found), and printed nothing.",
    );
    assert.match(commandFailure(ran("x", { exitCode: null, timedOut: true }), "codex") ?? "", /^codex took longer/);
  });

  test("two runs are the same when output and folder are", () => {
    assert.ok(isSameAs(ran("x", { folder: "a" }), ran("x", { folder: "a" })));
    assert.ok(!isSameAs(ran("x", { folder: "a" }), ran("y", { folder: "a" })));
    assert.ok(!isSameAs(ran("x", { folder: "a" }), ran("x", { folder: "b" })));
  });
});
