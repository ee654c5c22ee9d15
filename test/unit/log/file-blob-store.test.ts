import assert from "node:assert/strict";
import fs, {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
import { CancelScope } from "../../../src/base/abort.ts";
import { FileBlobStore } from "../../../src/log/file-blob-store.ts";
import { syncFileSystem } from "../../../src/log/sync-file-system.ts";

const BYTES = Buffer.from("some bytes");

test("L4: a blob is named only after its bytes are on the disk, and `put` resolves after its name is", async (t) => {
  const { store } = newStore(t);
  const done = record(t);
  const id = await store.put(BYTES);
  done.push("resolved");
  assert.deepEqual(withoutTemporaryNames(done), [
    "mkdir blobs",
    "sync run",
    `mkdir ${id.slice(0, 2)}`,
    "sync blobs",
    `write temporary`,
    `sync temporary`,
    `rename temporary ${id}`,
    `sync ${id.slice(0, 2)}`,
    "resolved",
  ]);
});

for (const what of ["the bytes", "the name", "the folder"] as const) {
  test(`L4: when ${what} cannot be made durable, \`put\` fails, and the bytes may be put again`, async (t) => {
    const { store, directory } = newStore(t);
    const failing = { "the bytes": /tmp$/, "the name": /^[0-9a-f]{2}$/, "the folder": /^blobs$/ }[what];
    const done = record(t, failing);
    await assert.rejects(store.put(BYTES), { code: "log-disk", message: /cannot be stored: EIO/ });
    const named = done.some((step) => step.startsWith("rename"));
    assert.equal(named, what === "the name", "bytes that are not on the disk get no name");
    const id = await store.put(BYTES);
    assert.ok(done.includes(`sync ${id.slice(0, 2)}`));
    assert.deepEqual(Buffer.from(await store.get(id)), BYTES);
    assert.deepEqual(readdirSync(directory), [id.slice(0, 2)], "no temporary file is left");
  });
}

test("L4: another store on the same folder finds the blob and writes nothing", async (t) => {
  const { store, directory } = newStore(t);
  const id = await store.put(BYTES);
  const done = record(t);
  const other = new FileBlobStore(directory);
  assert.equal(await other.put(BYTES), id);
  assert.ok(!done.some((step) => step.startsWith("write") || step.startsWith("rename")));
  assert.ok(done.includes(`sync ${id.slice(0, 2)}`), "whoever wrote it may have died before its name was durable");
  done.length = 0;
  await other.put(BYTES);
  assert.deepEqual(done, []);
});

test("a blob whose bytes were changed is damaged", async (t) => {
  const { store, directory } = newStore(t);
  const id = await store.put(BYTES);
  writeFileSync(join(directory, id.slice(0, 2), id), "other bytes");
  await assert.rejects(store.get(id), { code: "blob-damaged" });
  const descriptor = openSync(join(directory, "copy"), "w");
  t.after(() => closeSync(descriptor));
  await assert.rejects(store.copyTo(id, descriptor), { code: "blob-damaged" });
  writeFileSync(join(directory, id.slice(0, 2), id), Buffer.alloc(3 * 1024 ** 2, 1));
  await assert.rejects(store.copyTo(id, descriptor), { code: "blob-damaged" });
});

test("L4: few blobs of a batch are synced one by one, and a folder of names once", async (t) => {
  const { store } = newStore(t);
  const done = record(t);
  const batch = store.batch();
  const ids = await Promise.all(Array.from({ length: 60 }, (_, index) => batch.put(Buffer.from(`blob ${index}`))));
  const folders = new Set(ids.map((id) => id.slice(0, 2)));
  assert.ok(!done.some((step) => step.startsWith("rename")), "names wait for the commit");
  await batch.commit();
  const renames = done.findIndex((step) => step.startsWith("rename"));
  assert.equal(done.slice(0, renames).filter((step) => /^sync .*tmp$/.test(step)).length, 60, "bytes come first");
  const synced = done.slice(renames).filter((step) => /^sync [0-9a-f]{2}$/.test(step));
  assert.deepEqual(new Set(synced.map((step) => step.slice(5))), folders);
  assert.equal(synced.length, folders.size);
  done.length = 0;
  await store.put(Buffer.from("blob 7"));
  assert.deepEqual(done, [], "what was committed is known");
});

for (const able of [true, false]) {
  test(`L4: many blobs are synced at once ${able ? "" : "or, where that cannot be done, "}before they get names`, async (t) => {
    const { directory } = newStore(t);
    let done: string[] = [];
    const store = new FileBlobStore(directory, {
      syncFileSystem: async () => {
        done.push("sync all");
        return able;
      },
    });
    const batch = store.batch();
    done = record(t);
    const ids = await Promise.all(Array.from({ length: 500 }, (_, index) => batch.put(Buffer.from(`blob ${index}`))));
    await batch.commit();
    const [bytes, names] = [done.indexOf("sync all"), done.lastIndexOf("sync all")];
    const steps = (what: RegExp, from: number, to?: number) => done.slice(from, to).filter((step) => what.test(step));
    assert.equal(steps(/^write/, 0, bytes).length, 500);
    assert.equal(steps(/^rename/, bytes, names).length, 500);
    assert.equal(steps(/^sync .*tmp$/, bytes, names).length, able ? 0 : 500);
    const folders = new Set(ids.map((id) => id.slice(0, 2))).size;
    assert.equal(steps(/^sync [0-9a-f]{2}$/, names).length, able ? 0 : folders);
    assert.equal(Buffer.from(await store.get(ids[7] ?? "")).toString(), "blob 7");
  });
}

test("L4: the whole file system can be synced where the system is Linux", async (t) => {
  const { directory } = newStore(t);
  const store = new FileBlobStore(directory);
  await store.put(BYTES);
  assert.equal(await syncFileSystem(directory), process.platform === "linux");
  assert.equal(await syncFileSystem(join(directory, "missing")), false);
});

test("a batch that is discarded leaves nothing, and no name is taken to be durable for it", async (t) => {
  const { store, directory } = newStore(t);
  const batch = store.batch();
  const id = await batch.put(BYTES);
  batch.discard();
  assert.deepEqual(readdirSync(directory), [id.slice(0, 2)]);
  assert.deepEqual(readdirSync(join(directory, id.slice(0, 2))), []);
  await store.put(BYTES);
  assert.deepEqual(Buffer.from(await store.get(id)), BYTES);
});

test("L4: what a batch has not committed is not taken to be durable by another", async (t) => {
  const { store } = newStore(t);
  const batch = store.batch();
  const id = await batch.put(BYTES);
  const done = record(t);
  await store.put(BYTES);
  assert.ok(done.includes(`sync ${id.slice(0, 2)}`));
  await batch.commit();
  assert.deepEqual(Buffer.from(await store.get(id)), BYTES);
});

test("memory does not grow with the blobs: what was stored long ago is looked up again", async (t) => {
  const { store } = newStore(t);
  const id = await store.put(BYTES);
  const batch = store.batch();
  for (let index = 0; index < 4200; index += 1) await batch.put(Buffer.from(`blob ${index}`));
  await batch.commit();
  const done = record(t);
  assert.equal(await store.put(BYTES), id);
  assert.deepEqual(done, [`sync ${id.slice(0, 2)}`], "forgotten, so looked for and made sure of");
});

test("L4: a large file is stored in pieces, its holes stay holes, and an abort leaves nothing behind", async (t) => {
  const { store, directory } = newStore(t);
  const file = join(directory, "..", "large");
  await store.put(BYTES);
  writeFileSync(file, "head");
  truncateSync(file, 64 * 1024 ** 2);
  const descriptor = openSync(file, "r");
  t.after(() => closeSync(descriptor));
  const cancelled = new CancelScope();
  cancelled.cancel();
  await assert.rejects(store.putFile(descriptor, cancelled.signal), { code: "cancelled" });
  assert.equal(readdirSync(directory).length, 1, "no temporary file is left");
  const { id, bytes } = await store.putFile(descriptor);
  assert.equal(bytes, 64 * 1024 ** 2);
  const facts = statSync(join(directory, id.slice(0, 2), id));
  assert.equal(facts.size, bytes);
  assert.equal(facts.mode & 0o777, 0o600);
  assert.ok(facts.blocks * 512 < 4 * 1024 ** 2, `${facts.blocks} blocks`);
});

function newStore(t: TestContext) {
  const directory = join(mkdtempSync(join(tmpdir(), "m1-blobs-")), "run", "blobs");
  t.after(() => rmSync(join(directory, "..", ".."), { recursive: true }));
  return { directory, store: new FileBlobStore(directory) };
}

/** Writes down what the store does to the disk. The first sync of a file whose name fits `failing` fails. */
function record(t: TestContext, failing?: RegExp): string[] {
  const done: string[] = [];
  let broken = failing;
  const names = new Map<number, string>();
  const { openSync, writeSync, fsync, mkdirSync, renameSync } = fs;
  t.mock.method(fs, "openSync", (path: string, flags: string, mode?: number) => {
    const descriptor = openSync(path, flags, mode);
    names.set(descriptor, basename(path));
    return descriptor;
  });
  t.mock.method(fs, "writeSync", (descriptor: number, bytes: Uint8Array, offset: number) => {
    done.push(`write ${names.get(descriptor)}`);
    return writeSync(descriptor, bytes, offset);
  });
  t.mock.method(fs, "fsync", (descriptor: number, callback: (error: Error | null) => void) => {
    const name = names.get(descriptor) ?? "";
    if (broken?.test(name)) {
      broken = undefined;
      callback(Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" }));
      return;
    }
    fsync(descriptor, (error) => {
      done.push(`sync ${name}`);
      callback(error);
    });
  });
  t.mock.method(fs, "mkdirSync", (path: string, options: { recursive: true; mode: number }) => {
    mkdirSync(path, options);
    done.push(`mkdir ${basename(path)}`);
  });
  t.mock.method(fs, "renameSync", (from: string, to: string) => {
    renameSync(from, to);
    done.push(`rename ${basename(from)} ${basename(to)}`);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return done;
}

function withoutTemporaryNames(done: readonly string[]): string[] {
  return done.map((step) => step.replace(/\.[0-9a-f-]{36}\.tmp/, "temporary"));
}
