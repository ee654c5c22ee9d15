import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { diskError } from "./disk-error.ts";

/**
 * Makes a directory, with those above it, for its owner only; when it returns, their names are on the
 * disk. Throws `log-disk`.
 */
export function makeDurableDirectory(directory: string): void {
  try {
    const firstMade = mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (firstMade === undefined) return;
    for (let made = directory; ; made = dirname(made)) {
      syncNames(dirname(made));
      if (made === firstMade || made === dirname(made)) return;
    }
  } catch (error) {
    throw diskError(`The folder ${directory} cannot be made`, error);
  }
}

/** Makes the names in a directory durable. */
export function syncNames(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
