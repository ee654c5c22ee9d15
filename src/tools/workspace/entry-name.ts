import { isUtf8 } from "node:buffer";
import { z } from "zod";

/**
 * The name of an entry of a folder, byte for byte: a string with a character (of code 0 to 255) for each byte.
 * File systems hold any bytes but `/` and NUL, so a name need not be text. Compares and sorts as its bytes do.
 */
export type EntryName = string;

/** A name as it is stored: as text, or in base64 where its bytes are not UTF-8. */
export const storedNameSchema = z.union([z.string(), z.object({ base64: z.string() })]);
export type StoredName = z.infer<typeof storedNameSchema>;

export function nameBytes(name: EntryName): Buffer {
  return Buffer.from(name, "latin1");
}

export function nameOfBytes(bytes: Uint8Array): EntryName {
  return Buffer.from(bytes).toString("latin1");
}

/** The name that a text has on the disk. */
export function nameOfText(text: string): EntryName {
  return nameOfBytes(Buffer.from(text));
}

/** As text; bytes that are none become replacement characters. */
export function nameText(name: EntryName): string {
  return isAscii(name) ? name : nameBytes(name).toString();
}

export function storeName(name: EntryName): StoredName {
  if (isAscii(name)) return name;
  const bytes = nameBytes(name);
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString("base64") };
}

export function nameOfStored(stored: StoredName): EntryName {
  return typeof stored === "string" ? nameOfText(stored) : nameOfBytes(Buffer.from(stored.base64, "base64"));
}

/** Whether a folder can have an entry of this name. */
export function isEntryName(name: EntryName): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

function isAscii(name: EntryName): boolean {
  return /^[\0-\x7f]*$/.test(name);
}
