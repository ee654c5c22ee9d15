import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
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
  const { open, mkdir, rename } = fs;
  t.mock.method(fs, "open", async (path: string, flags: string, mode: number) => {
    const file = await open(path, flags, mode);
    const { sync, writeFile } = file;
    file.writeFile = (async (data: Uint8Array) => {
      await writeFile.call(file, data);
      done.push(`write ${basename(path)}`);
    }) as typeof writeFile;
    file.sync = async () => {
      if (broken?.test(basename(path))) {
        broken = undefined;
        throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
      }
      await sync.call(file);
      done.push(`sync ${basename(path)}`);
    };
    return file;
  });
  t.mock.method(fs, "mkdir", async (path: string, options: { recursive: true; mode: number }) => {
    await mkdir(path, options);
    done.push(`mkdir ${basename(path)}`);
  });
  t.mock.method(fs, "rename", async (from: string, to: string) => {
    await rename(from, to);
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
