import { Readable } from "node:stream";
import { fileStream } from "./file-stream.ts";
import { DocumentProblem } from "../document-problem.ts";
import { readBounded, type ArchiveEntry } from "./zip-folder.ts";

const MOST_ENTRIES = 50_000;
/** So much of what a tar file unpacks to is gone through. */
const MOST_UNPACKED = 2 * 1024 ** 3;

/** What was found on the way through a tar file. */
export interface TarFound {
  readonly entries: readonly ArchiveEntry[];
  readonly cut: boolean;
  /** The bytes of the member that was asked for, where there is one. */
  readonly member?: Uint8Array;
}

export interface TarRequest {
  readonly descriptor: number;
  readonly gzipped: boolean;
  /** The member whose bytes are wanted; the way ends there. */
  readonly member?: string;
  readonly mostBytes: number;
}

/** Goes through a tar file from its beginning: it has no list of its own. */
export async function readTar({ descriptor, gzipped, member, mostBytes }: TarRequest): Promise<TarFound> {
  const { createTarDecoder } = await import("modern-tar");
  const bytes = bounded(fileStream(descriptor, gzipped));
  const entries: ArchiveEntry[] = [];
  const decoded = Readable.toWeb(Readable.from(bytes)).pipeThrough(createTarDecoder());
  for await (const { header, body } of decoded) {
    const kind = header.type === "directory" ? "folder" : header.type === "file" || !header.type ? "file" : "link";
    entries.push({ name: header.name, bytes: header.size, kind });
    if (member !== undefined && header.name === member) {
      return { entries, cut: false, member: await readBounded(Readable.fromWeb(body as never), mostBytes) };
    }
    await body.cancel();
    if (entries.length >= MOST_ENTRIES) return { entries, cut: true };
  }
  return { entries, cut: false };
}

async function* bounded(source: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let unpacked = 0;
  for await (const chunk of source) {
    unpacked += chunk.byteLength;
    if (unpacked > MOST_UNPACKED) throw new DocumentProblem("document-too-large", "unpacks to more than 2 GiB");
    yield Uint8Array.from(chunk);
  }
}
