import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs, { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { CancelScope } from "../../../../src/base/abort.ts";
import { MemoryBlobStore } from "../../../../src/log/memory-blob-store.ts";
import { nameOfText } from "../../../../src/tools/workspace/entry-name.ts";
import { blobName } from "../../../../src/log/blob-name.ts";
import { manifestBlobs, readFolder } from "../../../../src/tools/workspace/manifest.ts";
import { partBytes, partOf, type SnapshotEntry } from "../../../../src/tools/workspace/manifest-bytes.ts";
import type { TreeNode } from "../../../../src/tools/workspace/snapshot-tree.ts";
import { findEntry, materialize, walkSnapshot } from "../../../../src/tools/workspace/read-snapshot.ts";
import { takeSnapshot } from "../../../../src/tools/workspace/take-snapshot.ts";
import { Workspace } from "../../../../src/tools/workspace/workspace.ts";
import { contentsOf, CountingBlobs, plant, temporaryFolder, trees } from "./folders.ts";

async function workspaceIn(folder: string): Promise<Workspace> {
  return Workspace.create({ runDirectory: folder, team: "team-1" });
}

suite("snapshots", () => {
  test("S3: a folder comes back exactly, whatever was done to it, whoever takes and restores snapshots", async () => {
    await fc.assert(
      fc.asyncProperty(trees, trees, async (first, second) => {
        await using place = temporaryFolder();
        const workspace = await workspaceIn(place.folder);
        const blobs = new MemoryBlobStore();
        await plant(workspace.root, first);
        const one = await workspace.snapshot(blobs);
        const afterOne = contentsOf(workspace.root);
        await plant(workspace.root, second);
        const two = await workspace.snapshot(blobs);
        assert.equal(two.id, (await (await workspaceIn(place.folder)).snapshot(blobs)).id, "what is known is true");
        await workspace.restore(blobs, one.id);
        assert.deepEqual(withoutOwners(contentsOf(workspace.root)), withoutOwners(afterOne));
        assert.equal((await workspace.snapshot(blobs)).id, one.id);
        const stranger = await workspaceIn(place.folder);
        await stranger.restore(blobs, two.id);
        await plantAgain(place.folder, first, second, stranger.root);
        assert.equal((await stranger.snapshot(blobs)).id, two.id);
      }),
      { numRuns: 25 },
    );
  });

  test("restored entries belong to the user that the team's code runs as", async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    const blobs = new MemoryBlobStore();
    mkdirSync(path.join(workspace.root, "folder"));
    writeFileSync(path.join(workspace.root, "folder/file"), "x");
    symlinkSync("file", path.join(workspace.root, "folder/link"));
    const { id } = await workspace.snapshot(blobs);
    for (const round of ["what is there", "what is made anew"]) {
      await workspace.restore(blobs, id);
      for (const name of ["folder", "folder/file", "folder/link"]) {
        const facts = fs.lstatSync(path.join(workspace.root, name));
        assert.equal(facts.uid, workspace.owner?.uid ?? process.getuid?.(), `${round}: ${name}`);
      }
      rmSync(path.join(workspace.root, "folder"), { recursive: true });
    }
  });

  test("equal folders have one id, and a folder of one more empty folder another", async () => {
    await using place = temporaryFolder();
    const blobs = new MemoryBlobStore();
    const empty = await takeSnapshot({ root: place.folder, blobs });
    mkdirSync(path.join(place.folder, "empty"));
    const one = await takeSnapshot({ root: place.folder, blobs });
    assert.notEqual(one.snapshot.id, empty.snapshot.id);
    assert.equal((await takeSnapshot({ root: place.folder, blobs })).snapshot.id, one.snapshot.id);
  });

  test("names that are no text are kept as well", async () => {
    await using place = temporaryFolder();
    const blobs = new MemoryBlobStore();
    writeFileSync(Buffer.concat([Buffer.from(`${place.folder}/`), Buffer.from([0xff, 0xfe])]), "");
    writeFileSync(path.join(place.folder, "ümlaut"), "");
    const { snapshot } = await takeSnapshot({ root: place.folder, blobs });
    const names = (await readFolder(blobs, snapshot.id)).map((entry) => entry.name);
    assert.deepEqual(names, [nameOfText("ümlaut"), "\xff\xfe"]);
  });
});

suite("snapshots of hostile folders", () => {
  test("sockets, FIFOs and links out are not followed: the first two are left out and told, links stay links", async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    const blobs = new MemoryBlobStore();
    execFileSync("mkfifo", [path.join(workspace.root, "fifo")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path.join(workspace.root, "socket"), resolve));
    symlinkSync("/etc/passwd", path.join(workspace.root, "link"));
    symlinkSync("/", path.join(workspace.root, "root"));
    const { id, leftOut, files } = await workspace.snapshot(blobs);
    assert.deepEqual(leftOut, {
      count: 2,
      first: [
        { path: "fifo", kind: "fifo" },
        { path: "socket", kind: "socket" },
      ],
    });
    assert.equal(files, 0);
    assert.deepEqual(
      (await readFolder(blobs, id)).map((entry) => entry.kind),
      ["link", "link"],
    );
    await workspace.restore(blobs, id);
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(fs.readdirSync(workspace.root).sort(), ["link", "root"], "a restored folder is the snapshot's");
  });

  test("folders far deeper than a path is long are kept, restored and removed", { timeout: 60_000 }, async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    const blobs = new MemoryBlobStore();
    const down = "import os, sys\nname = 'd' * 200\n";
    const inWorkspace = (script: string) =>
      execFileSync("python3", ["-c", down + script], { cwd: workspace.root, stdio: "ignore" });
    inWorkspace("for i in range(300):\n  os.mkdir(name); os.chdir(name)\nopen('deep', 'w').write('x')");
    const { id } = await workspace.snapshot(blobs);
    const paths: number[] = [];
    for await (const { path } of walkSnapshot(blobs, id)) paths.push(path.length);
    assert.deepEqual([paths.length, paths.at(-1)], [301, 300 * 201 + 4]);
    inWorkspace("for i in range(300): os.chdir(name)\nos.remove('deep'); os.chdir('..'); os.rmdir(name)");
    assert.notEqual((await workspace.snapshot(blobs)).id, id);
    await workspace.restore(blobs, id);
    assert.equal((await (await workspaceIn(place.folder)).snapshot(blobs)).id, id);
  });

  test("R3: an abort ends a snapshot and a restore at once, and leaves modes as they were", async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    const blobs = new MemoryBlobStore();
    mkdirSync(path.join(workspace.root, "closed"));
    writeFileSync(path.join(workspace.root, "closed/file"), "x");
    chmodSync(path.join(workspace.root, "closed"), 0o000);
    const { id } = await workspace.snapshot(blobs);
    const scope = new CancelScope();
    const stopping = new (class extends MemoryBlobStore {
      override async putFile(): Promise<never> {
        scope.cancel();
        scope.signal.throwIfAborted();
        throw new TypeError("unreachable");
      }
    })();
    await assert.rejects(workspace.snapshot(stopping, { signal: scope.signal }), { code: "cancelled" });
    assert.equal(fs.statSync(path.join(workspace.root, "closed")).mode & 0o777, 0);
    await assert.rejects(workspace.restore(blobs, id, { signal: scope.signal }), { code: "cancelled" });
    await workspace.restore(blobs, id);
    assert.equal(fs.statSync(path.join(workspace.root, "closed")).mode & 0o777, 0);
  });

  test("the team's folder can be kept even where its code closed it", async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    chmodSync(workspace.root, 0o000);
    await workspace.snapshot(new MemoryBlobStore());
    assert.equal(fs.statSync(workspace.root).mode & 0o777, 0o700);
  });

  test("what was moved away or changed while it was looked at does no harm", async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    for (const name of ["a", "b", "c", "d"]) {
      mkdirSync(path.join(workspace.root, name));
      writeFileSync(path.join(workspace.root, name, "file"), name);
    }
    // At the first file read, a file vanishes, a folder becomes a link out, and another file grows.
    const meddling = new (class extends CountingBlobs {
      override async putFile(descriptor: number, signal?: AbortSignal) {
        if (this.filesRead === 0) {
          rmSync(path.join(workspace.root, "b/file"), { force: true });
          rmSync(path.join(workspace.root, "c"), { recursive: true, force: true });
          symlinkSync("/etc", path.join(workspace.root, "c"));
        }
        const stored = await super.putFile(descriptor, signal);
        fs.appendFileSync(path.join(workspace.root, "a/file"), "!");
        return stored;
      }
    })();
    const { id } = await workspace.snapshot(meddling);
    const kinds = (await readFolder(meddling, id)).map((entry) => `${entry.name} ${entry.kind}`);
    assert.ok(kinds.includes("a folder") && kinds.includes("d folder"), kinds.join());
    for await (const { path } of walkSnapshot(meddling, id)) assert.doesNotMatch(path, /passwd/);
    const settled = new MemoryBlobStore();
    assert.equal(
      (await workspace.snapshot(settled)).id,
      (await (await workspaceIn(place.folder)).snapshot(settled)).id,
      "afterwards nothing false is known",
    );
  });
});

suite("what a snapshot costs", () => {
  test("only what changed is read again: by content, by times, by another file of the same name", async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    const blobs = new CountingBlobs();
    const at = (name: string) => path.join(workspace.root, name);
    for (const folder of ["x", "y", "z"]) {
      mkdirSync(at(folder));
      for (let index = 0; index < 100; index += 1) writeFileSync(at(`${folder}/${index}`), `${folder}${index}`);
    }
    // They get the owner that a team's code would have given them.
    await workspace.restore(blobs, (await workspace.snapshot(blobs)).id);
    await settle(workspace);
    await (await workspaceIn(place.folder)).snapshot(blobs);
    assert.equal(blobs.filesRead, 600);
    await workspace.snapshot(blobs);
    blobs.reset();
    const unchanged = await workspace.snapshot(blobs);
    assert.deepEqual([blobs.filesRead, blobs.manifests], [0, 0]);
    writeFileSync(at("y/7"), "Y7");
    writeFileSync(at("moved"), "moved in");
    renameSync(at("moved"), at("z/7"));
    await settle(workspace);
    const changed = await workspace.snapshot(blobs);
    assert.notEqual(changed.id, unchanged.id);
    assert.equal(blobs.filesRead, 2);
    assert.ok(blobs.manifests <= 7, `${blobs.manifests} parts of manifests`);
    blobs.reset();
    await workspace.restore(blobs, unchanged.id);
    await settle(workspace);
    assert.equal((await workspace.snapshot(blobs)).id, unchanged.id);
    assert.ok(blobs.filesRead <= 2, "what was just restored is known");
  });

  test("a change in a large folder costs the small parts of its manifest above it, wherever it is", async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    const blobs = new CountingBlobs();
    for (let index = 0; index < 5000; index += 1) writeFileSync(path.join(workspace.root, `file-${index}`), "");
    await workspace.snapshot(blobs);
    const all = blobs.manifestBytes;
    await settle(workspace);
    blobs.reset();
    writeFileSync(path.join(workspace.root, "file-0-more"), "new");
    rmSync(path.join(workspace.root, "file-4711"));
    const after = await workspace.snapshot(blobs);
    assert.ok(blobs.manifestBytes < all / 10, `${blobs.manifestBytes} of ${all}`);
    const names = (await readFolder(blobs, after.id)).map((entry) => entry.name);
    assert.equal(names.length, 5000);
    assert.deepEqual(names, fs.readdirSync(workspace.root).sort());
    assert.ok(blobs.manifests <= 12 && blobs.manifestBytes < 4_000, `${blobs.manifests}: ${blobs.manifestBytes} bytes`);
    const fresh = await workspaceIn(path.join(place.folder, "fresh"));
    await fresh.restore(blobs, after.id);
    assert.equal((await fresh.snapshot(new MemoryBlobStore())).id, after.id, "equal folders have one id");
  });

  test("names whose hashes are alike are kept all the same", async () => {
    await using place = temporaryFolder();
    const blobs = new MemoryBlobStore();
    const node: TreeNode = { kind: "file", mode: 0o600, bytes: 1, blob: await blobs.put(Buffer.from("x")), stamp: "" };
    const names = Array.from({ length: 3_000 }, (_, index) => `${"\u00ff".repeat(index % 7)}${index}`).sort();
    let id = "";
    for (const part of manifestBlobs(new Map(names.map((name) => [name, node])), blobName)) {
      id = await blobs.put(part.bytes);
      assert.equal(id, part.id);
    }
    assert.deepEqual(
      (await readFolder(blobs, id)).map(({ name }) => name),
      names,
    );
    assert.equal(fs.existsSync(path.join(place.folder, "nothing")), false);
  });

  test("L5: manifests as they were written before, in one piece or in pages, are read", async () => {
    const blobs = new MemoryBlobStore();
    const blob = await blobs.put(Buffer.from("x"));
    const json = (value: unknown) => blobs.put(Buffer.from(JSON.stringify(value)));
    const file = (name: unknown) => ({ kind: "file", name, mode: 0o644, blob, bytes: 1 });
    const first = await json({ version: 1, entries: [file("a"), { kind: "link", name: "b", target: "a" }] });
    const second = await json({ version: 1, entries: [file({ base64: Buffer.from([0xff]).toString("base64") })] });
    const whole = await readFolder(blobs, await json({ version: 1, pages: [first, second] }));
    assert.deepEqual(whole, [
      { kind: "file", name: "a", mode: 0o644, blob, bytes: 1 },
      { kind: "link", name: "b", target: "a" },
      { kind: "file", name: "\u00ff", mode: 0o644, blob, bytes: 1 },
    ]);
    assert.deepEqual(await readFolder(blobs, first), whole.slice(0, 2));
  });

  test("a file that changes again in the moment of a snapshot is seen", async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    const blobs = new MemoryBlobStore();
    const file = path.join(workspace.root, "file");
    const ids = new Set<string>();
    for (let index = 0; index < 300; index += 1) {
      writeFileSync(file, String(1000 + index));
      ids.add((await workspace.snapshot(blobs)).id);
    }
    assert.equal(ids.size, 300);
  });

  test("a file whose last change is not older than the snapshot is read again, an older one is not", async () => {
    await using place = temporaryFolder();
    writeFileSync(path.join(place.folder, "file"), "x");
    const changed = fs.statSync(path.join(place.folder, "file"), { bigint: true }).ctimeNs;
    const blobs = new CountingBlobs();
    for (const [time, reads] of [
      [changed, 2],
      [changed + 1n, 1],
    ] as const) {
      const now = () => time;
      blobs.reset();
      const { tree } = await takeSnapshot({ root: place.folder, blobs, now });
      await takeSnapshot({ root: place.folder, blobs, now, known: tree });
      assert.equal(blobs.filesRead, reads);
    }
  });

  test("a large file that changed just before is waited for, and then known", async () => {
    await using place = temporaryFolder();
    writeFileSync(path.join(place.folder, "file"), Buffer.alloc(2 * 1024 ** 2, 1));
    const changed = fs.statSync(path.join(place.folder, "file"), { bigint: true }).ctimeNs;
    const blobs = new CountingBlobs();
    let looks = 0;
    const ticking = () => {
      looks += 1;
      return looks < 5 ? changed : changed + 1n;
    };
    const { tree } = await takeSnapshot({ root: place.folder, blobs, now: ticking });
    await takeSnapshot({ root: place.folder, blobs, now: ticking, known: tree });
    assert.equal(blobs.filesRead, 1);
    await takeSnapshot({ root: place.folder, blobs, now: () => changed });
    assert.equal(blobs.filesRead, 2, "a clock that stands still is not waited for without end");
  });

  test("another store gets all of it", async () => {
    await using place = temporaryFolder();
    const workspace = await workspaceIn(place.folder);
    writeFileSync(path.join(workspace.root, "file"), "x");
    await workspace.snapshot(new MemoryBlobStore());
    const blobs = new CountingBlobs();
    const { id } = await workspace.snapshot(blobs);
    assert.equal(blobs.filesRead, 1);
    await materialize(blobs, id, path.join(place.folder, "copy"));
    assert.equal(fs.readFileSync(path.join(place.folder, "copy/file"), "utf8"), "x");
  });
});

suite("reading snapshots", () => {
  test("an entry is found by its path, links not followed", async () => {
    await using place = temporaryFolder();
    const blobs = new MemoryBlobStore();
    mkdirSync(path.join(place.folder, "a/b"), { recursive: true });
    writeFileSync(path.join(place.folder, "a/b/c"), "text");
    symlinkSync("a", path.join(place.folder, "link"));
    const { snapshot } = await takeSnapshot({ root: place.folder, blobs });
    const found = await findEntry(blobs, snapshot.id, "a/b/c");
    assert.equal(found?.kind === "file" && Buffer.from(await blobs.get(found.blob)).toString(), "text");
    assert.equal((await findEntry(blobs, snapshot.id, "a"))?.kind, "folder");
    for (const missing of ["x", "a/x", "link/b/c", "a/b/c/d"]) {
      assert.equal(await findEntry(blobs, snapshot.id, missing), undefined, missing);
    }
  });

  test("a manifest that leads out of its folder, or is none, is refused", async () => {
    await using place = temporaryFolder();
    const blobs = new MemoryBlobStore();
    const file = { kind: "file", mode: 0o600, blob: await blobs.put(Buffer.from("evil")), bytes: 4 };
    const hostile: unknown[] = [
      "no json",
      ...["..", ".", "", "a/b", "a\0"].map((name) => [{ ...file, name }]),
      [{ ...file, name: { base64: Buffer.from("../x").toString("base64") } }],
      [
        { ...file, name: "a" },
        { kind: "link", name: "a", target: "/etc" },
      ],
      [{ ...file, name: "a", blob: "../../etc/passwd" }],
      [{ ...file, name: "a", mode: 0o100644 }],
    ];
    for (const entries of hostile) {
      const id = await blobs.put(Buffer.from(JSON.stringify({ version: 1, entries })));
      await assert.rejects(materialize(blobs, id, path.join(place.folder, "out")), { code: "snapshot-damaged" });
    }
    const one = { kind: "file", name: "a", mode: 0o600, blob: file.blob, bytes: 4 } as const;
    const parts: Uint8Array[] = [
      ...["..", "a/b", "a\0", ""].map((name) => partBytes({ entries: [{ ...one, name }] })),
      partBytes({ entries: [one, one] }),
      partBytes({ entries: [{ ...one, mode: 0o100644 }] }),
      partBytes({ entries: [{ kind: "link", name: "a", target: "" }] }),
      partBytes({ entries: [one] }).subarray(0, -3),
      Uint8Array.of(2, 7),
      Uint8Array.of(2, 0, 9),
    ];
    for (const bytes of parts) {
      const id = await blobs.put(bytes);
      await assert.rejects(materialize(blobs, id, path.join(place.folder, "out")), { code: "snapshot-damaged" });
    }
    await assert.rejects(materialize(blobs, file.blob, path.join(place.folder, "out")), { code: "snapshot-damaged" });
    assert.deepEqual(fs.readdirSync(place.folder), ["out"]);
  });

  test("a folder with something in it is not written over", async () => {
    await using place = temporaryFolder();
    const blobs = new MemoryBlobStore();
    writeFileSync(path.join(place.folder, "file"), "mine");
    const { snapshot } = await takeSnapshot({ root: place.folder, blobs });
    await assert.rejects(materialize(blobs, snapshot.id, place.folder), { code: "folder-not-empty" });
  });
});

test("what a part of a manifest says is read as it was written, whatever it says", () => {
  const name = fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  });
  const blob = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex"));
  const mode = fc.integer({ min: 0, max: 0o7777 });
  const bytes = fc.maxSafeNat();
  const entry: fc.Arbitrary<SnapshotEntry> = fc.oneof(
    fc.record({ kind: fc.constant("file" as const), name, mode, blob, bytes }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant("folder" as const), name, mode, blob }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant("link" as const), name, target: name }, { noNullPrototype: true }),
  );
  const part = fc.oneof(
    fc.array(entry).map((entries) => ({ entries })),
    fc.array(blob).map((parts) => ({ parts })),
  );
  fc.assert(fc.property(part, (given) => assert.deepEqual(partOf(partBytes(given)), given)));
  fc.assert(fc.property(fc.uint8Array(), (any) => void partOf(any)));
});

/** Long enough that the file system's clock has gone on: what was written is older than now. */
async function settle(workspace: Workspace): Promise<void> {
  const probe = path.join(path.dirname(workspace.root), "probe");
  writeFileSync(probe, "");
  const begun = fs.statSync(probe, { bigint: true }).ctimeNs;
  while (fs.statSync(probe, { bigint: true }).ctimeNs <= begun + 20_000_000n) {
    await new Promise(setImmediate);
    fs.chmodSync(probe, 0o600);
  }
}

function withoutOwners(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/ (\d+) \d+( ".*")?$/s, " $1$2"));
}

/** The folder that a workspace was restored to is the one that the same changes make elsewhere. */
async function plantAgain(folder: string, first: Parameters<typeof plant>[1], second: typeof first, root: string) {
  const other = path.join(folder, "again");
  mkdirSync(other);
  await plant(other, first);
  await plant(other, second);
  assert.deepEqual(withoutOwners(contentsOf(root)), withoutOwners(contentsOf(other)));
}
