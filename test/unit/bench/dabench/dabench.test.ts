import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadDabench, namedValues, scoreDabench, type NamedAnswer } from "../../../../src/bench/index.ts";
import { temporaryFolder } from "../../../scenarios/support.ts";

const FIRST_QUESTIONS = fileURLToPath(new URL("../../../fixtures/dabench", import.meta.url));

suite("DABench's scorer", () => {
  const truth: NamedAnswer[] = [
    ["mean_age", "29.70"],
    ["class", "Third"],
  ];
  const answers: readonly [title: string, answer: string, right: boolean][] = [
    ["the values asked for", "@mean_age[29.70] @class[Third]", true],
    ["another order, other words and other names", "So: @class[Third]\n@x[1], @mean_age[29.7]!", true],
    ["a number a millionth off", "@mean_age[29.7000009] @class[Third]", true],
    ["a number two millionths off", "@mean_age[29.700002] @class[Third]", false],
    ["text in another case", "@mean_age[29.70] @class[third]", false],
    ["a space in a number but not in a text", "@mean_age[ 29.70 ] @class[Third]", true],
    ["a space in a text", "@mean_age[29.70] @class[ Third]", false],
    ["a missing name", "@mean_age[29.70]", false],
    ["the last of two", "@class[First] @class[Third] @mean_age[29.70]", true],
    ["nothing", "", false],
  ];
  for (const [title, answer, right] of answers) {
    test(`${title}: ${right ? "right" : "wrong"}`, () => assert.equal(scoreDabench(answer, truth), right));
  }

  test("an infinite or undefined number equals only its own text", () => {
    assert.equal(scoreDabench("@r[inf]", [["r", "Infinity"]]), false);
    assert.equal(scoreDabench("@r[nan]", [["r", "nan"]]), true);
  });

  test("values end at the first bracket and on their line", () => {
    assert.deepEqual(
      [...namedValues("@a[1]2] @b[x\ny] @ö_1[] @c[[3]]")],
      [
        ["a", "1"],
        ["ö_1", ""],
        ["c", "[3"],
      ],
    );
  });
});

suite("DABench's loader", () => {
  test("reads questions by id, with constraints and the form of the answer in what teams are asked", async () => {
    const questions = await loadDabench(FIRST_QUESTIONS);
    assert.equal(questions.length, 30);
    const [first] = questions;
    assert.equal(first?.id, 11);
    assert.match(first.prompt, /^Calculate the correlation coefficient[^]*two-tailed test[^]*Answer as @correlation/);
    assert.equal(path.basename(first.file), "GODREJIND.csv");
    for (const { truth, prompt } of questions) for (const [name] of truth) assert.ok(prompt.includes(`@${name}[`));
  });

  test("says which line is wrong, which table is missing, and what the folder must have", async (t) => {
    const folder = temporaryFolder(t);
    const isBad = (message: RegExp) => ({ name: "UsageError", code: "bench-data", message });
    await assert.rejects(loadDabench(folder), isBad(/questions cannot be read/));
    const question = { id: 1, question: "?", constraints: "", format: "@a[x]", file_name: "t.csv", level: "easy" };
    const good = JSON.stringify({ ...question, common_answers: [["a", "1"]] });
    const write = (...lines: string[]) => writeFileSync(path.join(folder, "questions.jsonl"), lines.join("\n"));
    write(good, "");
    await assert.rejects(loadDabench(folder), isBad(/question 1 is missing: .*t\.csv/));
    mkdirSync(path.join(folder, "tables"));
    writeFileSync(path.join(folder, "tables/t.csv"), "a\n1\n");
    assert.equal((await loadDabench(folder))[0]?.prompt, "?\n\nAnswer as @a[x]");
    write(good, "", JSON.stringify({ ...question, common_answers: [] }));
    await assert.rejects(loadDabench(folder), isBad(/Line 3 of .*"common_answers"/));
    write(good, JSON.stringify({ ...question, file_name: "../secret", common_answers: [["a", "1"]] }));
    await assert.rejects(loadDabench(folder), isBad(/Line 2 .*name of a table/));
    write("{");
    await assert.rejects(loadDabench(folder), isBad(/Line 1 /));
  });
});
