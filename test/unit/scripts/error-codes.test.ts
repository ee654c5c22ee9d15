import assert from "node:assert/strict";
import { test } from "node:test";
import { checkErrorCodes, problemsOfCodes } from "../../../scripts/checks/error-codes.ts";

const ROW = "| `no-task` | There is none. | Say it. | 2 |\n";

test("docs/reference/errors.md lists every code of the source", () => {
  const { succeeded, output } = checkErrorCodes();
  assert.ok(succeeded, output);
});

test("a code that is thrown and not listed, and one that is listed and never thrown, are problems", () => {
  assert.deepEqual(problemsOfCodes(ROW, ['throw new UsageError(\n  "no-team",\n  "x")']), [
    "no-task is listed, and nowhere in src.",
    "no-team is thrown and not listed.",
  ]);
  assert.deepEqual(problemsOfCodes(ROW, ['new UsageError("no-task", "x")', 'new Option("a-b", "x")']), []);
});

test("a UsageError is listed with exit code 2", () => {
  const wrong = ROW.replace("2 |", "1 |");
  const told = ["no-task is a UsageError: exit code 2, not 1."];
  assert.deepEqual(problemsOfCodes(wrong, ['new UsageError("no-task", "x")']), told);
  assert.deepEqual(problemsOfCodes(wrong, ['new UsageError("no-task", "x")', 'new M1Error("no-task", "y")']), []);
});
