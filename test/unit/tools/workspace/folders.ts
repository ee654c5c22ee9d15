import fs from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { MemoryBlobStore } from "../../../../src/log/memory-blob-store.ts";
import type { BlobBatch, StoredFile } from "../../../../src/log/run-log.ts";
import { removeFolder } from "../../../../src/tools/workspace/remove-entry.ts";

/** A folder that is gone at the end of the scope, whatever a test made of it. */
export function temporaryFolder(): { readonly folder: string } & AsyncDisposable {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-tree-"));
  return { folder, [Symbol.asyncDispose]: () => removeFolder(folder) };
}

/** Blobs that count what is read of files. */
export class CountingBlobs extends MemoryBlobStore {
  filesRead = 0;
  bytesRead = 0;
  manifests = 0;
  manifestBytes = 0;

  override async putFile(descriptor: number, signal?: AbortSignal): Promise<StoredFile> {
    const stored = await super.putFile(descriptor, signal);
    this.filesRead += 1;
    this.bytesRead += stored.bytes;
    return stored;
  }

  override batch(): BlobBatch {
    const batch = super.batch();
    return {
      ...batch,
      put: (bytes) => {
        this.manifests += 1;
        this.manifestBytes += bytes.byteLength;
        return batch.put(bytes);
      },
    };
  }

  reset(): void {
    Object.assign(this, { filesRead: 0, bytesRead: 0, manifests: 0, manifestBytes: 0 });
  }
}

/** All that is in a folder, told without the code under test: a line an entry, names as bytes. */
export function contentsOf(folder: string): string[] {
  const lines: string[] = [];
  const look = (place: Buffer, shown: string): void => {
    for (const name of fs.readdirSync(place, { encoding: "buffer" })) {
      const entry = Buffer.concat([place, Buffer.from("/"), name]);
      const facts = fs.lstatSync(entry);
      const line = `${shown}/${name.toString("latin1")}`;
      const mode = (facts.mode & 0o7777).toString(8);
      if (facts.isSymbolicLink()) lines.push(`${line} -> ${fs.readlinkSync(entry, "latin1")}`);
      else if (facts.isDirectory()) {
        lines.push(`${line}/ ${mode} ${facts.uid}`);
        asOwner(entry, facts.mode, 0o500, () => look(entry, line));
      } else {
        const content = asOwner(entry, facts.mode, 0o400, () => fs.readFileSync(entry, "latin1"));
        lines.push(`${line} ${mode} ${facts.uid} ${JSON.stringify(content)}`);
      }
    }
  };
  look(Buffer.from(folder), "");
  return lines.sort();
}

function asOwner<Value>(entry: Buffer, mode: number, needed: number, look: () => Value): Value {
  if (process.getuid?.() === 0 || (mode & needed) === needed) return look();
  fs.chmodSync(entry, 0o700);
  try {
    return look();
  } finally {
    fs.chmodSync(entry, mode & 0o7777);
  }
}

/** What a test may make of a folder. */
export type Tree = readonly Entry[];
export type Entry =
  | { readonly kind: "file"; readonly name: string; readonly mode: number; readonly content: string }
  | { readonly kind: "link"; readonly name: string; readonly target: string }
  | { readonly kind: "folder"; readonly name: string; readonly mode: number; readonly entries: Tree };

/** Few names, so that trees share some; among them such that are no text, or look like something else. */
const names = fc.constantFrom(
  ...["a", "b", "c", ".git", " ", "-rf", "new\nline", "\xff\xfe", "\xc3\xbc", "..a", "*", "\\", "x".repeat(255)],
);
const content = fc.constantFrom("", "one", "two", "\0\xff", "x".repeat(70_000));
const file = fc.record({
  kind: fc.constant("file" as const),
  name: names,
  mode: fc.constantFrom(0o600, 0o644, 0o755, 0o000, 0o4711),
  content,
});
const link = fc.record({
  kind: fc.constant("link" as const),
  name: names,
  target: fc.constantFrom("a", "..", "/etc/passwd", "nowhere", "\xff", "b/../c"),
});

export const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree; entry: Entry; folder: Entry }>((tie) => ({
  tree: fc.uniqueArray(tie("entry"), { selector: (entry) => entry.name, maxLength: 6 }),
  entry: fc.oneof({ maxDepth: 4, withCrossShrink: true }, file, link, tie("folder")),
  folder: fc.record({
    kind: fc.constant("folder" as const),
    name: names,
    mode: fc.constantFrom(0o700, 0o755, 0o500, 0o000, 0o1777),
    entries: tie("tree"),
  }),
})).tree;

/** Puts a tree into a folder; what is there gives way, other entries stay. */
export async function plant(folder: string, tree: Tree): Promise<void> {
  await plantAt(Buffer.from(folder), tree);
}

async function plantAt(folder: Buffer, tree: Tree): Promise<void> {
  for (const entry of tree) {
    const place = Buffer.concat([folder, Buffer.from("/"), Buffer.from(entry.name, "latin1")]);
    const there = fs.lstatSync(place, { throwIfNoEntry: false });
    const merges = entry.kind === "folder" && there?.isDirectory();
    if (there && !merges) remove(place);
    if (entry.kind === "link") fs.symlinkSync(Buffer.from(entry.target, "latin1"), place);
    else if (entry.kind === "file") {
      fs.writeFileSync(place, entry.content, "latin1");
      fs.chmodSync(place, entry.mode);
    } else {
      if (!merges) fs.mkdirSync(place);
      fs.chmodSync(place, 0o700);
      await plantAt(place, entry.entries);
      fs.chmodSync(place, entry.mode);
    }
  }
}

function remove(place: Buffer): void {
  const facts = fs.lstatSync(place);
  if (!facts.isDirectory()) {
    fs.unlinkSync(place);
    return;
  }
  fs.chmodSync(place, 0o700);
  for (const name of fs.readdirSync(place, { encoding: "buffer" })) {
    remove(Buffer.concat([place, Buffer.from("/"), name]));
  }
  fs.rmdirSync(place);
}
