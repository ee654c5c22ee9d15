/** What the first bytes of a file tell of it. */
export type FileKind =
  | {
      readonly kind: "text";
      readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";
      readonly markBytes: number;
    }
  | { readonly kind: "binary"; readonly name: string };

/** How many bytes `fileKind` wants to see. */
export const SAMPLE_BYTES = 64 * 1024;

/** What common files begin with, as Latin-1. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ["%PDF-", "a PDF document"],
  ["PK\x03\x04", "a ZIP archive (Word, Excel and PowerPoint files are such)"],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an older Office document"],
  ["\x89PNG\r\n", "a PNG picture"],
  ["\xff\xd8\xff", "a JPEG picture"],
  ["GIF8", "a GIF picture"],
  ["RIFF", "a sound, film or WebP file"],
  ["ID3", "an MP3 sound file"],
  ["\x1f\x8b", "a gzip archive"],
  ["BZh", "a bzip2 archive"],
  ["\xfd7zXZ", "an xz archive"],
  ["\x28\xb5\x2f\xfd", "a zstd archive"],
  ["7z\xbc\xaf", "a 7-Zip archive"],
  ["SQLite format 3\0", "an SQLite database"],
  ["PAR1", "a Parquet table"],
  ["\x7fELF", "a program"],
];

/** Tells text from other files by its first bytes; `whole` says that there are no more of them. */
export function fileKind(sample: Buffer, whole: boolean): FileKind {
  const start = sample.toString("latin1", 0, 16);
  const known = SIGNATURES.find(([signature]) => start.startsWith(signature));
  if (known) return { kind: "binary", name: known[1] };
  if (start.startsWith("\xef\xbb\xbf")) return { kind: "text", encoding: "utf-8", markBytes: 3 };
  if (start.startsWith("\xff\xfe")) return { kind: "text", encoding: "utf-16le", markBytes: 2 };
  if (start.startsWith("\xfe\xff")) return { kind: "text", encoding: "utf-16be", markBytes: 2 };
  if (sample.includes(0)) return { kind: "binary", name: "a binary file" };
  return { kind: "text", encoding: isUtf8(sample, whole) ? "utf-8" : "windows-1252", markBytes: 0 };
}

/** A sample may end within a character: that alone does not make it invalid. */
function isUtf8(sample: Buffer, whole: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(sample, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}
