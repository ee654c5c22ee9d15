import assert from "node:assert/strict";
import { test } from "node:test";
import { llm, vote } from "../../../../src/answers/aggregators.ts";
import { all } from "../../../../src/race/policies.ts";
import { forkedAggregate } from "../../../../src/run/aggregation/open-aggregator.ts";
import { started } from "../../cli/replay/recorded.ts";

test("of files no model makes one, in a new run that begins with another's events neither", () => {
  assert.ok(started.type === "run-started");
  const start = { ...started, task: { ...started.task, answer: { kind: "file" } as const } };
  const models = { policy: all(), aggregate: llm({ model: "openai/judge" }) };
  assert.throws(() => forkedAggregate(start, models), { code: "aggregate-files" });
  assert.equal(forkedAggregate(start, { policy: all(), aggregate: vote() })?.kind, "vote");
  assert.equal(forkedAggregate(started, models)?.kind, "llm");
});
