import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { suite, test } from "node:test";
import fc from "fast-check";
import { commandText } from "../../../../src/tools/command/command-text.ts";

/** A task that a shell would trip over. */
const TASK = `it's "both" \`id\` $(id) $HOME \\ & ; | > x\n#no {files} {task} *\t!`;

/** The words that a shell makes of `show` and what follows it in a template. */
function wordsOf(template: string, task: string, files: readonly string[] = []): readonly string[] {
  const show = `show() { [ $# -eq 0 ] || printf '%s\\0' "$@"; }\n`;
  const env = { PATH: process.env["PATH"], M1P_TASK: task };
  const printed = execFileSync("/bin/sh", ["-c", show + commandText(template, files)], { env, encoding: "utf8" });
  return printed === "" ? [] : printed.split("\0").slice(0, -1);
}

suite("a command's text", () => {
  for (const template of [`show {task}`, `show "{task}"`, `show '{task}'`, `A=1 show {task} # it's {task}`]) {
    test(`the task is one word in: ${template}`, () => assert.deepEqual(wordsOf(template, TASK), [TASK]));
  }

  test("the task stays in one word with what the person wrote around it", () => {
    assert.deepEqual(wordsOf(`show --prompt={task}.`, TASK), [`--prompt=${TASK}.`]);
    assert.deepEqual(wordsOf(`show "Do this: {task} Then stop."`, TASK), [`Do this: ${TASK} Then stop.`]);
    assert.deepEqual(wordsOf(`show 'Do this: {task} Then stop.' {task}`, TASK), [`Do this: ${TASK} Then stop.`, TASK]);
    assert.deepEqual(wordsOf(`show "\\"{task}\\"" \\"`, TASK), [`"${TASK}"`, `"`]);
  });

  test("the task stays one word within substitutions, whose quotes begin anew", () => {
    const same = `printf %s {task}`;
    assert.deepEqual(wordsOf(`show "$(${same})"`, TASK), [TASK]);
    assert.deepEqual(wordsOf(`show "$(printf %s "{task}")" 'a b'`, TASK), [TASK, "a b"]);
    assert.deepEqual(wordsOf(`show "a $(printf %s 'it is ( {task}') b" {task}`, TASK), [`a it is ( ${TASK} b`, TASK]);
    assert.deepEqual(wordsOf(`(show {task}; show 'x')`, TASK), [TASK, "x"]);
    assert.deepEqual(wordsOf('show "`printf %s {task}`"', TASK), [TASK]);
  });

  test("files are a word each, and without files there is no word", () => {
    const files = ["a b.csv", "it's.txt", "$x"];
    for (const template of ["show {files}", `show "{files}"`, "show '{files}'"]) {
      assert.deepEqual(wordsOf(template, "", files), files);
      assert.deepEqual(wordsOf(template, ""), []);
    }
    assert.deepEqual(wordsOf(`show "-f {files}"`, "", ["a b", "c"]), ["-f a b", "c"]);
  });

  test("a template without placeholders is the person's own text", () => {
    const template = `cd x && npm test "$A" 'b' # done\nls | wc -l > \\{task`;
    assert.equal(commandText(template, ["a"]), template);
  });

  test("any task is one word, in any quotes", () => {
    const templates = [`show x{task}y`, `show "x{task}y"`, `show 'x{task}y'`];
    // No program's argument can hold a NUL, and none of the tested shells trims anything else.
    const task = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed());
    fc.assert(
      fc.property(task, fc.constantFrom(...templates), (text, template) => {
        assert.deepEqual(wordsOf(template, text), [`x${text}y`]);
      }),
      { numRuns: 60 },
    );
  });
});
