import { strict as assert } from "node:assert";
import { test } from "node:test";
import { citationsIn, problemsOf, type Promises } from "../../../scripts/checks/promises.ts";

const PROMISES: Promises = {
  built: { R3: { promise: "cancelling reaches everything" } },
  unbuilt: { S3: { promise: "a cut step", issue: "issue 4" } },
};

function problems(source: string): string[] {
  return problemsOf(PROMISES, citationsIn("a.test.ts", source));
}

test("a name that begins with a number cites that promise, in any quotes and in a list", () => {
  const source = 'test("R3: x"); it(`L1, L3: ${y}`); describe(\'S2: z\'); test("speaks of R4: no");';
  assert.deepEqual(
    citationsIn("f", source).map((citation) => citation.number),
    ["R3", "L1", "L3", "S2"],
  );
});

test("all is well when the built are cited and the unbuilt are not", () => {
  assert.deepEqual(problems('test("R3: x")'), []);
});

test("a promise without a test is a problem", () => {
  assert.match(problems("").join(), /R3 is promised/);
});

test("a test for a promise listed as unbuilt is a problem", () => {
  assert.match(problems('test("R3: x"); test("S3: y")').join(), /S3 is listed as not yet built/);
});

test("a number that is no promise is a problem", () => {
  assert.match(problems('test("R3: x"); test("R9: y")').join(), /R9, which is no promise/);
});

test("a promise listed twice is a problem", () => {
  const twice = { built: PROMISES.built, unbuilt: { R3: { promise: "again", issue: "issue 9" } } };
  assert.match(problemsOf(twice, []).join(), /both as built and as unbuilt/);
});
