import { fromFd, type Entry, type ZipFile } from "yauzl";
import { DocumentProblem } from "../document-problem.ts";

/** So many entries are looked at. */
const MOST_ENTRIES = 50_000;

export interface ArchiveEntry {
  readonly name: string;
  readonly bytes: number;
  readonly kind: "file" | "folder" | "link" | "other";
  readonly encrypted?: boolean;
}

/** A ZIP file's list, and the way to its members. */
export interface ZipFolder {
  readonly entries: readonly ArchiveEntry[];
  /** Whether there are more entries than were looked at. */
  readonly cut: boolean;
  /** The bytes of a member. Throws `part-missing`, `document-encrypted`, `document-too-large`. */
  read(name: string, mostBytes: number): Promise<Uint8Array>;
}

/** Reads a ZIP file's list. Its members are not looked at, so a bomb in it stays closed. */
export async function openZip(descriptor: number): Promise<ZipFolder> {
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    // Names are hostile anyway and lead nowhere: that yauzl refuses some would cost the list.
    const options = { lazyEntries: true, autoClose: false, strictFileNames: false, decodeStrings: true };
    fromFd(descriptor, options, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const found = await entriesOf(zip);
  const entries = found.map(describe);
  return {
    entries,
    cut: found.length >= MOST_ENTRIES,
    async read(name, mostBytes) {
      const entry = found.find((each) => each.fileName === name);
      if (!entry) throw new DocumentProblem("part-missing", `has no member ${JSON.stringify(name.slice(0, 200))}`);
      if (entry.isEncrypted()) throw new DocumentProblem("document-encrypted", "is protected by a password");
      const stream = await zip.openReadStreamPromise(entry);
      return await readBounded(stream, mostBytes);
    },
  };
}

/** What a stream gives, where it is no more than so much. Throws `document-too-large`. */
export async function readBounded(stream: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) {
      const most = `${Math.round(mostBytes / 1024 ** 2)} MiB`;
      throw new DocumentProblem("document-too-large", `unpacks to more than the ${most} that are read`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function entriesOf(zip: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on("error", reject);
    zip.on("end", () => resolve(entries));
    zip.on("entry", (entry: Entry) => {
      entries.push(entry);
      if (entries.length >= MOST_ENTRIES) resolve(entries);
      else zip.readEntry();
    });
    zip.readEntry();
  });
}

function describe(entry: Entry): ArchiveEntry {
  const isLink = entry.externalFileAttributes >>> 28 === 0o12;
  const kind = entry.fileName.endsWith("/") ? "folder" : isLink ? "link" : "file";
  return {
    name: entry.fileName,
    bytes: entry.uncompressedSize,
    kind,
    ...(entry.isEncrypted() ? { encrypted: true } : {}),
  };
}
