import { readSync } from "node:fs";
import type { ParserInput } from "./document.ts";
import { DocumentProblem } from "./document-problem.ts";
import { MOST_BYTES } from "./parse-limits.ts";

/** All bytes of the open file. Throws `document-too-large`. */
export function readDescriptor({ descriptor, bytes }: ParserInput): Uint8Array<ArrayBuffer> {
  if (bytes > MOST_BYTES) {
    throw new DocumentProblem("document-too-large", `is too large: files of its kind are read up to 100 MiB`);
  }
  const all = new Uint8Array(bytes);
  let filled = 0;
  while (filled < bytes) {
    const read = readSync(descriptor, all, filled, bytes - filled, filled);
    if (read === 0) break;
    filled += read;
  }
  return filled === bytes ? all : all.slice(0, filled);
}
