import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { jsonSchemaCheck } from "../../../../src/answers/forms/json-schema-check.ts";

const DRAFT_7 = "http://json-schema.org/draft-07/schema#";

const drafts: readonly [string, Record<string, unknown>, unknown, unknown][] = [
  [
    "2020-12 by its name",
    { $schema: "https://json-schema.org/draft/2020-12/schema", prefixItems: [{ type: "number" }] },
    [1],
    ["a"],
  ],
  ["2019-09", { $schema: "https://json-schema.org/draft/2019-09/schema", items: [{ type: "number" }] }, [1], ["a"]],
  ["7", { $schema: DRAFT_7, items: [{ type: "number" }], additionalItems: false }, [1], [1, 2]],
  ["6", { $schema: "http://json-schema.org/draft-06/schema#", const: 1 }, 1, 2],
  ["7 without a name, which 2020-12 cannot read", { items: [{ type: "number" }] }, [1], ["a"]],
  ["formats", { format: "date" }, "2026-11-25", "yesterday"],
];
for (const [draft, schema, good, bad] of drafts) {
  test(`draft ${draft}`, async () => {
    const check = await jsonSchemaCheck(schema);
    assert.equal(check(good), undefined);
    assert.notEqual(check(bad), undefined);
  });
}

const self = { type: "object", required: ["next"], properties: { next: { $ref: "#" } } };
const unusable: readonly [string, Record<string, unknown>, RegExp][] = [
  ["a type that is none", { type: "text" }, /cannot be used/],
  ["a draft that is not known", { $schema: "http://json-schema.org/draft-04/schema#" }, /is not known here/],
  ["a reference to elsewhere", { $ref: "https://example.com/schema.json" }, /can't resolve reference/],
  ["not anything", { not: {}, enum: [] }, /./],
  ["an empty enum", { enum: [] }, /./],
  ["bounds that cross", { type: "number", minimum: 3, maximum: 2 }, /minimum 3 above maximum 2/],
  ["open bounds that meet", { type: "number", exclusiveMinimum: 2, maximum: 2 }, /no number between 2 and 2/],
  ["lengths that cross", { type: "string", minLength: 3, maxLength: 2 }, /minLength 3 above maxLength 2/],
  ["a constant of another type", { type: "string", const: 3 }, /values that are not of its type/],
  [
    "a property that must be and cannot",
    { type: "object", required: ["a"], properties: { a: false } },
    /"a", is false/,
  ],
  [
    "a property that is required and not allowed",
    { type: "object", required: ["a"], additionalProperties: false },
    /required and not allowed/,
  ],
  ["items that cannot be", { type: "array", minItems: 1, items: false }, /in its items, is false/],
  ["alternatives of which none can be", { anyOf: [false, { type: "number", minimum: 1, maximum: 0 }] }, /is false/],
  ["a part that cannot be", { allOf: [{ type: "string" }, false] }, /is false/],
  ["itself without end", self, /needs itself within itself, without end/],
];
for (const [name, schema, message] of unusable) {
  test(`refused before anything is spent: ${name}`, async () => {
    await assert.rejects(jsonSchemaCheck(schema), (error) => {
      assert.ok(error instanceof UsageError && error.code === "schema-unusable");
      assert.match(error.message, message);
      return true;
    });
  });
}

const usable: readonly [string, Record<string, unknown>, unknown][] = [
  ["a list of itself, which may be empty", { type: "array", items: { $ref: "#" } }, []],
  ["itself, or nothing", { anyOf: [{ type: "null" }, self] }, null],
  ["a property that cannot be and need not", { type: "object", properties: { a: false } }, {}],
  ["bounds of what it need not be", { minItems: 2, type: ["array", "string"], items: false }, "text"],
];
for (const [name, schema, value] of usable) {
  test(`can be met: ${name}`, async () => assert.equal((await jsonSchemaCheck(schema))(value), undefined));
}
