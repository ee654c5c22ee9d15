import { execFile } from "node:child_process";

/**
 * Makes all that was written in a folder's file system durable, by one `syncfs`: a tenth of the time, and less, of
 * syncing thousands of files one by one. Resolves to false where that cannot be done, or failed.
 */
export function syncFileSystem(folder: string): Promise<boolean> {
  // Node has no call for it; coreutils and busybox do. Elsewhere `sync` may return before the disk has it all.
  if (process.platform !== "linux") return Promise.resolve(false);
  return new Promise((resolve) => {
    execFile("sync", ["-f", folder], (error) => resolve(error === null));
  });
}
