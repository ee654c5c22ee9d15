import { constants } from "node:fs";
import { copyFile, link, mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { isBlobName } from "./blob-name.ts";
import { diskError, isMissingFile } from "./disk-error.ts";

/**
 * Gives another run's folder all blobs of this one: as the same files where the disk can do that (a blob is never
 * changed), else as copies. Either run can be removed without the other. Throws `log-disk`.
 */
export async function shareBlobs(from: string, to: string): Promise<void> {
  try {
    await mkdir(to, { recursive: true, mode: 0o700 });
    for (const folder of await entries(from)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      await mkdir(path.join(to, folder), { recursive: true, mode: 0o700 });
      for (const name of await entries(path.join(from, folder))) {
        if (isBlobName(name)) await share(path.join(from, folder, name), path.join(to, folder, name));
      }
    }
  } catch (error) {
    throw diskError("The blobs of the run cannot be shared", error);
  }
}

async function entries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
}

async function share(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}
