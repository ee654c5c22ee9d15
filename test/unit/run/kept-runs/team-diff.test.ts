import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { MemoryBlobStore } from "../../../../src/log/memory-blob-store.ts";
import { teamDiff } from "../../../../src/run/kept-runs/team-diff.ts";
import { takeSnapshot } from "../../../../src/tools/workspace/take-snapshot.ts";
import { temporaryFolder } from "../../tools/workspace/folders.ts";
import { write, type Files } from "../apply/apply-bench.ts";

/** The patches from one folder to another, and the two folders. */
async function compared(place: string, before: Files, after: Files) {
  const blobs = new MemoryBlobStore();
  const [first, second] = [path.join(place, "first"), path.join(place, "second")];
  for (const [folder, files] of [
    [first, before],
    [second, after],
  ] as const) {
    mkdirSync(folder);
    write(folder, files);
  }
  const ids: string[] = [];
  for (const root of [first, second]) ids.push((await takeSnapshot({ root, blobs })).snapshot.id);
  const diff = teamDiff(blobs, ids[0] ?? "", ids[1] ?? "");
  const files: Record<string, string> = {};
  for await (const { path, patch } of diff.files) files[path] = patch;
  return { files, gitPaths: diff.gitPaths(), first, second };
}

suite("diffs of what a team did", () => {
  test("changed, added, removed, made executable, linked: each is told as git tells it", async () => {
    await using place = temporaryFolder();
    const { files, gitPaths } = await compared(
      place.folder,
      { a: "one\ntwo\n", gone: "x\n", run: "#!/bin/sh\n", place: "file\n", ".git/index": "1", same: "s" },
      {
        a: "one\nTWO",
        added: "new\n",
        empty: "",
        run: { text: "#!/bin/sh\n", mode: 0o755 },
        place: { link: "a" },
        ".git/index": "2",
        same: "s",
      },
    );
    assert.deepEqual(files, {
      a: "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n one\n-two\n+TWO\n\\ No newline at end of file\n",
      added: "diff --git a/added b/added\nnew file mode 100644\n--- /dev/null\n+++ b/added\n@@ -0,0 +1,1 @@\n+new\n",
      empty: "diff --git a/empty b/empty\nnew file mode 100644\n",
      gone: "diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n",
      place: [
        "diff --git a/place b/place\ndeleted file mode 100644\n--- a/place\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-file\n",
        "diff --git a/place b/place\nnew file mode 120000\n--- /dev/null\n+++ b/place\n@@ -0,0 +1,1 @@\n+a\n",
        "\\ No newline at end of file\n",
      ].join(""),
      run: "diff --git a/run b/run\nold mode 100644\nnew mode 100755\n",
    });
    assert.equal(gitPaths, 1, "git's own files are counted, not shown");
  });

  test("what is no text, too large or changed beyond reading is named", async () => {
    await using place = temporaryFolder();
    const many = (word: string) => Array.from({ length: 5000 }, (_, index) => `${word} ${index}`).join("\n");
    const { files } = await compared(
      place.folder,
      { binary: Buffer.from([0, 1]), large: "x", many: many("a"), latin: "x" },
      { binary: Buffer.from([0, 2]), large: "x".repeat(2 * 1024 ** 2), many: many("b"), latin: Buffer.from([0xe4]) },
    );
    assert.match(files["binary"] ?? "", /^diff .*\nBinary files a\/binary and b\/binary differ\n$/);
    assert.match(files["latin"] ?? "", /\nBinary files/);
    assert.match(files["large"] ?? "", /\nLarge files a\/large and b\/large differ: 1 and 2097152 bytes\n$/);
    assert.match(files["many"] ?? "", /\nFiles a\/many and b\/many differ in more than 4000 lines\n$/);
  });

  test("git applies the patches, whatever the lines and the names are", async () => {
    const line = fc.constantFrom("a", "b", "c", "", " ", "-x", "+y", "\\", "@@", "--- a", "ä", "\r");
    const text = fc
      .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
      .map(([lines, ends]) => lines.join("\n") + (ends ? "\n" : ""));
    const name = fc.constantFrom("a", "b c", "ä", 'q"uote', "back\\slash", "new\nline", "tab\t", "d/e", "d/f", "-x");
    const link = fc.constantFrom("a", "../x", "ä").map((link) => ({ link }));
    const files = fc.dictionary(name, fc.oneof({ weight: 4, arbitrary: text }, link), { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(files, files, async (before, after) => {
        await using place = temporaryFolder();
        const { files, first, second } = await compared(place.folder, before, after);
        const input = Object.values(files).join("");
        const environment = { PATH: process.env["PATH"], GIT_CEILING_DIRECTORIES: place.folder };
        if (input !== "") {
          execFileSync("git", ["apply", "--whitespace=nowarn", "-"], { cwd: first, input, env: environment });
        }
        const blobs = new MemoryBlobStore();
        const [one, two] = [await takeSnapshot({ root: first, blobs }), await takeSnapshot({ root: second, blobs })];
        assert.equal(one.snapshot.files, two.snapshot.files);
        const left = teamDiff(blobs, one.snapshot.id, two.snapshot.id);
        for await (const { path } of left.files) assert.fail(`${path} is not the same`);
      }),
      { numRuns: 40 },
    );
  });
});
