import { createReadStream } from "node:fs";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** The open file's bytes from its beginning, unpacked where they are gzipped. Whoever stops reading ends it. */
export function fileStream(descriptor: number, gunzipped: boolean): Readable {
  const source = createReadStream("", { fd: descriptor, autoClose: false, start: 0 });
  // A reader gets the error from what it reads; one that has gone needs none.
  source.on("error", () => {});
  return gunzipped ? pipeline(source, createGunzip(), () => {}) : source;
}
