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

test("L4: a batch syncs a folder of names once, and all its names are durable when it is committed", async (t) => {
  const { store } = newStore(t);
  const done = record(t);
  const batch = store.batch();
  const ids = await Promise.all(Array.from({ length: 1000 }, (_, index) => batch.put(Buffer.from(`blob ${index}`))));
  const folders = new Set(ids.map((id) => id.slice(0, 2)));
  const nameSyncs = () => done.filter((step) => /^sync [0-9a-f]{2}$/.test(step));
  assert.deepEqual(nameSyncs(), [], "names wait for the commit");
  assert.equal(done.filter((step) => /^sync .*tmp$/.test(step)).length, 1000, "bytes do not");
  await batch.commit();
  assert.deepEqual(new Set(nameSyncs().map((step) => step.slice(5))), folders);
  assert.equal(nameSyncs().length, folders.size);
  done.length = 0;
  await store.put(Buffer.from("blob 7"));
  assert.deepEqual(done, [], "what was committed is known");
});

test("L4: a name that a batch has not committed is not taken to be durable by another", async (t) => {
  const { store } = newStore(t);
  const id = await store.batch().put(BYTES);
  const done = record(t);
  await store.put(BYTES);
  assert.deepEqual(done, [`sync ${id.slice(0, 2)}`]);
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

test("what a killed writer left half-written is removed on demand, blobs are not", async (t) => {
  const { store, directory } = newStore(t);
  await store.removeLeftovers();
  const id = await store.put(BYTES);
  writeFileSync(join(directory, ".0190-half.tmp"), "half");
  await store.removeLeftovers();
  assert.deepEqual(readdirSync(directory), [id.slice(0, 2)]);
  assert.deepEqual(Buffer.from(await store.get(id)), BYTES);
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
