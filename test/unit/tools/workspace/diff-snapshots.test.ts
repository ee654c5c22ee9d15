import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { MemoryBlobStore } from "../../../../src/log/memory-blob-store.ts";
import { diffSnapshots, type SnapshotChange } from "../../../../src/tools/workspace/diff-snapshots.ts";
import { walkSnapshot } from "../../../../src/tools/workspace/read-snapshot.ts";
import { takeSnapshot } from "../../../../src/tools/workspace/take-snapshot.ts";
import { plant, temporaryFolder, trees, type Tree } from "./folders.ts";

async function snapshotOf(blobs: MemoryBlobStore, ...layers: readonly Tree[]): Promise<string> {
  await using place = temporaryFolder();
  for (const tree of layers) await plant(place.folder, tree);
  return (await takeSnapshot({ root: place.folder, blobs })).snapshot.id;
}

async function differences(blobs: MemoryBlobStore, before: string, after: string): Promise<SnapshotChange[]> {
  const changes: SnapshotChange[] = [];
  for await (const change of diffSnapshots(blobs, before, after)) changes.push(change);
  return changes;
}

const shown = ({ path, before, after }: SnapshotChange) => `${path}: ${before?.kind ?? "-"} ${after?.kind ?? "-"}`;

suite("diff of snapshots", () => {
  test("what was added, removed and changed, in content, mode, target and kind", async () => {
    const file = (name: string, content = "x", mode = 0o644) => ({ kind: "file", name, content, mode }) as const;
    const folder = (name: string, entries: Tree, mode = 0o755) => ({ kind: "folder", name, entries, mode }) as const;
    const link = (name: string, target: string) => ({ kind: "link", name, target }) as const;
    const blobs = new MemoryBlobStore();
    const before = await snapshotOf(blobs, [
      ...[file("content"), file("gone"), file("mode"), file("same"), file("to-folder"), link("link", "a")],
      ...[folder("folder", [file("inner"), folder("empty", [])]), folder("locked", [])],
    ]);
    const after = await snapshotOf(blobs, [
      ...[file("content", "y"), file("mode", "x", 0o755), file("new"), file("same"), link("link", "b")],
      ...[folder("to-folder", [file("in it")]), file("folder"), folder("locked", [], 0o700)],
    ]);
    assert.deepEqual((await differences(blobs, before, after)).map(shown), [
      "content: file file",
      "folder: folder file",
      "folder/empty: folder -",
      "folder/inner: file -",
      "gone: file -",
      "link: link link",
      "locked: folder folder",
      "mode: file file",
      "new: - file",
      "to-folder: file folder",
      "to-folder/in it: - file",
    ]);
  });

  test("equal folders are not looked into", async () => {
    const read: string[] = [];
    const blobs = new (class extends MemoryBlobStore {
      override async get(id: string) {
        read.push(id);
        return super.get(id);
      }
    })();
    await using place = temporaryFolder();
    for (const name of ["a", "b", "c"]) mkdirSync(path.join(place.folder, name, "deep", name), { recursive: true });
    const before = (await takeSnapshot({ root: place.folder, blobs })).snapshot.id;
    mkdirSync(path.join(place.folder, "b/deep/new"));
    const after = (await takeSnapshot({ root: place.folder, blobs })).snapshot.id;
    assert.deepEqual((await differences(blobs, before, after)).map(shown), ["b/deep/new: - folder"]);
    // The topmost, b and deep, twice each, and the new one.
    assert.equal(read.length, 7);
    read.length = 0;
    assert.deepEqual(await differences(blobs, after, after), []);
    assert.equal(read.length, 0);
  });

  test("the differences of two trees are exactly those of their entries", async () => {
    await fc.assert(
      fc.asyncProperty(trees, trees, async (first, second) => {
        const blobs = new MemoryBlobStore();
        const before = await snapshotOf(blobs, first);
        const after = await snapshotOf(blobs, first, second);
        const found = new Set((await differences(blobs, before, after)).map(shown));
        const listed = async (id: string) => {
          const entries = new Map<string, { readonly text: string; readonly kind: string }>();
          for await (const { path, entry } of walkSnapshot(blobs, id)) {
            const { kind } = entry;
            const text = kind === "folder" ? `${kind} ${entry.mode}` : JSON.stringify(entry);
            entries.set(path, { kind, text });
          }
          return entries;
        };
        const [old, now] = [await listed(before), await listed(after)];
        const expected = new Set<string>();
        for (const path of new Set([...old.keys(), ...now.keys()])) {
          const [left, right] = [old.get(path), now.get(path)];
          if (left?.text !== right?.text) expected.add(`${path}: ${left?.kind ?? "-"} ${right?.kind ?? "-"}`);
        }
        assert.deepEqual(found, expected);
      }),
      { numRuns: 25 },
    );
  });
});
