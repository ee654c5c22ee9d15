import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const LISTED = readFileSync(new URL("../../docs/reference/exports.txt", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");
const { exports } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  exports: Record<string, unknown>;
};

/** What can be imported at run time, by the package's own list. */
function valuesOf(module: string): string[] {
  const entries = LISTED.map((line) => line.split(/\s+/));
  const values = entries.filter(
    ([from, kind = ""]) => from === module && ["class", "function", "value"].includes(kind),
  );
  return values.map(([, , name = ""]) => name).sort();
}

for (const [subpath, file] of [
  ["", "index.ts"],
  ["/testing", "testing/index.ts"],
  ["/bench", "bench/index.ts"],
]) {
  test(`m1-parallel${subpath} exports what docs/reference/exports.txt promises, and nothing else`, async () => {
    const module = (await import(new URL(`../../src/${file}`, import.meta.url).href)) as object;
    assert.deepEqual(Object.keys(module).sort(), valuesOf(`m1-parallel${subpath}`));
  });
}

test("every entry point of the package is in the list", () => {
  const modules = [...new Set(LISTED.map((line) => line.split(/\s+/)[0] ?? ""))].sort((one, other) =>
    one.localeCompare(other),
  );
  const subpaths = Object.keys(exports).filter((name) => name !== "./package.json");
  assert.deepEqual(
    modules,
    subpaths.map((name) => name.replace(/^\./, "m1-parallel")).sort((one, other) => one.localeCompare(other)),
  );
});
