import { plainText } from "../sandbox/terminal-text.ts";
import type { FileKind } from "./file-kind.ts";
import type { OpenFile } from "./open-file.ts";

/**
 * Pages are places in the file, so that any page of a file of any size is read without reading what is
 * before it: page n begins with the first line that starts in the n-th part of this many bytes.
 */
const PAGE_BYTES = 12_000;
const LINE_FEED = 0x0a;

type Text = Extract<FileKind, { kind: "text" }>;

export function pageCount(file: OpenFile): number {
  return Math.max(1, Math.ceil(file.bytes / PAGE_BYTES));
}

/**
 * The text of one page, 1 being the first. Pages follow each other without gap or overlap; a line that is
 * longer than a page is cut. What is not valid in the encoding becomes U+FFFD, control sequences go.
 */
export async function textPage(file: OpenFile, text: Text, page: number): Promise<string> {
  const start = await boundary(file, text, page - 1);
  const end = await boundary(file, text, page);
  const bytes = await readBytes(file, start, end - start);
  return plainText(new TextDecoder(text.encoding).decode(bytes));
}

/** Up to `length` bytes from a place on; fewer at the end of the file. */
export async function readBytes({ handle }: OpenFile, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, length));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Where part `index` begins: after the first line feed at its edge or in it, else at its edge. */
async function boundary(file: OpenFile, text: Text, index: number): Promise<number> {
  const edge = index * PAGE_BYTES;
  if (index === 0) return text.markBytes;
  if (edge >= file.bytes) return file.bytes;
  // A page is an even number of bytes, so the edge is between two characters of UTF-16.
  if (text.encoding.startsWith("utf-16")) return edge;
  const bytes = await readBytes(file, edge - 1, PAGE_BYTES);
  const lineFeed = bytes.indexOf(LINE_FEED);
  return lineFeed >= 0 ? edge + lineFeed : edge + continuationBytes(bytes.subarray(1), text);
}

/** How many bytes at the beginning belong to the character before. */
function continuationBytes(bytes: Buffer, text: Text): number {
  if (text.encoding !== "utf-8") return 0;
  const first = bytes.subarray(0, 3).findIndex((byte) => (byte & 0xc0) !== 0x80);
  return first < 0 ? 0 : first;
}
