import { strict as assert } from "node:assert";
import { test } from "node:test";
import { pageOf } from "../../../scripts/proof/page.ts";

const CIRCUMSTANCES = {
  command: "npm run proof -- x",
  commit: "abc",
  date: "2026-01-01",
  minutes: 1.25,
  machine: "2 cores",
};

test("a page names command, commit, date, machine and verdict above its tables", () => {
  const table = { heading: "Times", columns: ["k", "ms"], rows: [[4, "1|2"]] };
  assert.equal(
    pageOf({ title: "X", summary: "Shown.", holds: true, tables: [table] }, CIRCUMSTANCES),
    "# X\n\n- Command: `npm run proof -- x`\n- Commit: abc\n- Date: 2026-01-01, took 1.3 min\n- Machine: 2 cores\n" +
      "- Verdict: holds\n\nShown.\n\n## Times\n\n| k | ms |\n| --- | --- |\n| 4 | 1\\|2 |\n",
  );
});

test("a page of a proof that failed says so", () => {
  assert.match(pageOf({ title: "X", summary: "", holds: false, tables: [] }, CIRCUMSTANCES), /does not hold/);
});
