import assert from "node:assert/strict";
import { test } from "node:test";
import { isSupported } from "../../../../src/team/magentic-one/answer-support.ts";

const CASES: readonly [supported: boolean, answer: string, output: string, question?: string][] = [
  [true, "southern, 834.75", "southern 834.746"],
  [true, "835", "834.746"],
  [true, "834.7460", "834.746"],
  [false, "834.74", "834.746"],
  [false, "834.9", "834.746"],
  [true, "12,834.75", "total 12834.746"],
  [true, "12834.75", "total: 12,834.75"],
  [true, "5,100", "[5, 100]"],
  [true, "@mean[3.14]", "mean of A = 3.14159"],
  [true, "Kim", "name Kim, 71"],
  [true, "Q4", "best quarter Q4"],
  [false, "71", "name Kim"],
  [false, "71, 42", "42"],
  [true, "1.2e3", "1200.0"],
  [true, "2019-2020", "from 2019 to 2020"],
  [false, "5", "-5"],
  [true, "2019-01-05", "2019-01-05 00:00:00"],
  [true, "45.2%", "0.45231"],
  [false, "45.2", "0.45231"],
  [true, "45.2", "0.45231", "What percentage is it?"],
  [true, "4 cylinders: 30.5", "30.49", "What is the mean of the cars with 4 cylinders?"],
  [false, "4", "30.49", "What is the mean of the cars with 4 cylinders?"],
];
for (const [supported, answer, output, question = "What is it?"] of CASES) {
  const stands = supported ? "stands on" : "does not stand on";
  test(`"${answer}" ${stands} "${output}" (${question})`, () =>
    assert.equal(isSupported(answer, output, question), supported));
}
