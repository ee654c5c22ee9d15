import assert from "node:assert/strict";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { FileBlobStore } from "../../../../src/log/file-blob-store.ts";
import { MemoryBlobStore } from "../../../../src/log/memory-blob-store.ts";
import { Workspace } from "../../../../src/tools/workspace/workspace.ts";
import { contentsOf, plant, temporaryFolder, trees } from "./folders.ts";

suite("restoring a workspace", () => {
  test("S3: cut off anywhere, a restore that is begun again ends right", async () => {
    await fc.assert(
      fc.asyncProperty(trees, trees, fc.nat(12), async (first, second, survived) => {
        await using place = temporaryFolder();
        const options = { runDirectory: place.folder, team: "team-1" };
        const workspace = await Workspace.create(options);
        const blobs = new MemoryBlobStore();
        await plant(workspace.root, first);
        const { id } = await workspace.snapshot(blobs);
        await workspace.restore(blobs, id);
        const wanted = contentsOf(workspace.root);
        await plant(workspace.root, second);
        const dying = dyingAfter(blobs, survived);
        await workspace.restore(dying, id).catch(() => {});
        await (await Workspace.open(options)).restore(blobs, id);
        assert.deepEqual(contentsOf(workspace.root), wanted);
      }),
      { numRuns: 25 },
    );
  });

  test("only what differs is touched", async () => {
    await using place = temporaryFolder();
    const options = { runDirectory: place.folder, team: "team-1" };
    const workspace = await Workspace.create(options);
    const blobs = new MemoryBlobStore();
    const at = (name: string) => path.join(workspace.root, name);
    for (const name of ["same", "content", "mode", "size"]) writeFileSync(at(name), name, { mode: 0o600 });
    const { id } = await workspace.snapshot(blobs);
    await workspace.restore(blobs, id);
    const inodes = Object.fromEntries(
      ["same", "content", "mode", "size"].map((name) => [name, statSync(at(name)).ino]),
    );
    writeFileSync(at("content"), "CONTENT");
    writeFileSync(at("size"), "longer");
    chmodSync(at("mode"), 0o644);
    for (const each of [workspace, await Workspace.open(options)]) {
      const before = statSync(at("same"), { bigint: true });
      await each.restore(blobs, id);
      assert.equal(statSync(at("same"), { bigint: true }).ctimeNs, before.ctimeNs);
    }
    assert.equal(statSync(at("mode")).mode & 0o777, 0o600);
    assert.equal(statSync(at("mode")).ino, inodes["mode"]);
    assert.equal(readFileSync(at("content"), "utf8"), "content");
    assert.equal(readFileSync(at("size"), "utf8"), "size");
  });

  test("a file that is restored does not change another name of it", async () => {
    await using place = temporaryFolder();
    const workspace = await Workspace.create({ runDirectory: place.folder, team: "team-1" });
    const blobs = new MemoryBlobStore();
    const file = path.join(workspace.root, "file");
    writeFileSync(file, "before");
    const { id } = await workspace.snapshot(blobs);
    writeFileSync(file, "after!");
    linkSync(file, path.join(place.folder, "other-name"));
    await workspace.restore(blobs, id);
    assert.equal(readFileSync(file, "utf8"), "before");
    assert.equal(readFileSync(path.join(place.folder, "other-name"), "utf8"), "after!");
  });

  test("a change that hides behind its old size and times is undone", async () => {
    await using place = temporaryFolder();
    const options = { runDirectory: place.folder, team: "team-1" };
    const workspace = await Workspace.create(options);
    const blobs = new MemoryBlobStore();
    const file = path.join(workspace.root, "file");
    writeFileSync(file, "before");
    utimesSync(file, 1, 1);
    const { id } = await workspace.snapshot(blobs);
    for (const each of [workspace, await Workspace.open(options)]) {
      writeFileSync(file, "after!");
      utimesSync(file, 1, 1);
      await each.restore(blobs, id);
      assert.equal(readFileSync(file, "utf8"), "before");
    }
  });

  test("a folder that is gone is made again, a moved one belongs to the user of its new place", async () => {
    await using place = temporaryFolder();
    const blobs = new MemoryBlobStore();
    const old = await Workspace.create({ runDirectory: path.join(place.folder, "old"), team: "team-1" });
    mkdirSync(path.join(old.root, "folder"));
    writeFileSync(path.join(old.root, "folder/file"), "x");
    const { id } = await old.snapshot(blobs);
    await old.restore(blobs, id);
    renameSync(path.join(place.folder, "old"), path.join(place.folder, "new"));
    const moved = await Workspace.open({ runDirectory: path.join(place.folder, "new"), team: "team-1" });
    for (const name of ["", "folder", "folder/file"]) {
      const { uid } = lstatSync(path.join(moved.root, name));
      assert.equal(uid, moved.owner?.uid ?? process.getuid?.(), name);
    }
    assert.equal((await moved.snapshot(blobs)).id, id);
    const gone = await Workspace.open({ runDirectory: path.join(place.folder, "gone"), team: "team-1" });
    await gone.restore(blobs, id);
    assert.equal(readFileSync(path.join(gone.root, "folder/file"), "utf8"), "x");
  });

  test("a damaged or missing blob is said, not restored", async () => {
    await using place = temporaryFolder();
    const workspace = await Workspace.create({ runDirectory: place.folder, team: "team-1" });
    const blobs = new FileBlobStore(path.join(place.folder, "blobs"));
    const file = path.join(workspace.root, "file");
    writeFileSync(file, "x".repeat(100_000));
    const { id } = await workspace.snapshot(blobs);
    const content = await blobs.put(Buffer.from("x".repeat(100_000)));
    writeFileSync(file, "changed");
    writeFileSync(path.join(place.folder, "blobs", content.slice(0, 2), content), "y".repeat(100_000));
    await assert.rejects(workspace.restore(blobs, id), { code: "blob-damaged" });
    await assert.rejects(workspace.restore(new MemoryBlobStore(), id), { code: "blob-missing" });
  });

  test(
    "a file of 1 GB is kept and restored in pieces: memory does not grow, holes stay holes",
    { timeout: 120_000 },
    async () => {
      await using place = temporaryFolder();
      const workspace = await Workspace.create({ runDirectory: place.folder, team: "team-1" });
      const blobs = new FileBlobStore(path.join(place.folder, "blobs"));
      const file = path.join(workspace.root, "large");
      writeFileSync(file, "head of it");
      truncateSync(file, 1024 ** 3);
      const before = process.memoryUsage();
      const { id, bytes } = await workspace.snapshot(blobs);
      assert.equal(bytes, 1024 ** 3);
      writeFileSync(file, "gone");
      await workspace.restore(blobs, id);
      const after = process.memoryUsage();
      assert.ok(after.arrayBuffers - before.arrayBuffers < 50 * 1024 ** 2, `${after.arrayBuffers} bytes in buffers`);
      const facts = statSync(file);
      assert.equal(facts.size, 1024 ** 3);
      assert.ok(facts.blocks * 512 < 16 * 1024 ** 2, `${facts.blocks} blocks`);
      const head = readFileSync(file).subarray(0, 10).toString();
      assert.equal(head, "head of it");
    },
  );

  test("files that a task brings get names beside what is in the folder already", async () => {
    await using place = temporaryFolder();
    const workspace = await Workspace.create({ runDirectory: place.folder, team: "team-1" });
    writeFileSync(path.join(workspace.root, "Data.csv"), "theirs");
    const placed = await workspace.place([{ name: "data.csv", bytes: Buffer.from("ours") }]);
    assert.deepEqual(placed, [{ path: "data-2.csv", bytes: 4 }]);
  });
});

/** The blobs of a process that dies after so many were read. */
function dyingAfter(blobs: MemoryBlobStore, reads: number): MemoryBlobStore {
  let left = reads;
  const die = (): void => {
    left -= 1;
    if (left < 0) throw new TypeError("killed");
  };
  return new (class extends MemoryBlobStore {
    override async get(id: string) {
      die();
      return blobs.get(id);
    }
    override async copyTo(id: string, descriptor: number) {
      die();
      // Half of it is written when the last one is cut off.
      await (left === 0
        ? blobs.copyTo(await blobs.put((await blobs.get(id)).subarray(0, 1)), descriptor)
        : blobs.copyTo(id, descriptor));
      if (left === 0) throw new TypeError("killed");
    }
  })();
}
