import { execFile } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const VARIABLE = "M1P_TEST_DISK";

export interface SmallDiskRun {
  /** False where this machine lets us mount nothing; `output` says why. */
  readonly mounted: boolean;
  readonly failed: boolean;
  /** In the TAP format. */
  readonly output: string;
}

/** The small disk of a test file that `runOnSmallDisk` runs; else undefined. */
export function smallDisk(): string | undefined {
  return process.env[VARIABLE];
}

/** Runs a test file once more, where `smallDisk` is a disk of so many bytes that nobody else sees. */
export async function runOnSmallDisk(file: string, bytes: number): Promise<SmallDiskRun> {
  const disk = mkdtempSync(join(tmpdir(), "m1-disk-"));
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const mount = `mount -t tmpfs -o size=${bytes} tmpfs "$0" && echo mounted && exec "$@"`;
  const program = [process.execPath, "--test", "--test-reporter=tap", fileURLToPath(file)];
  const env = { ...process.env, [VARIABLE]: disk, NODE_TEST_CONTEXT: undefined };
  try {
    return await new Promise((resolve) => {
      execFile(
        "unshare",
        [...user, "--mount", "sh", "-c", mount, disk, ...program],
        { env },
        (error, stdout, stderr) => {
          resolve({ mounted: stdout.startsWith("mounted"), failed: error !== null, output: stdout + stderr });
        },
      );
    });
  } finally {
    rmSync(disk, { recursive: true });
  }
}

/** Takes all of the disk but `room` bytes; gives the file that does. */
export function fillDisk(disk: string, room: number): string {
  const file = join(disk, `filler-${room}`);
  const { bavail, bsize } = statfsSync(disk);
  const descriptor = openSync(file, "w");
  try {
    for (let left = bavail * bsize; left > 0; left -= bsize) writeSync(descriptor, Buffer.alloc(bsize));
  } finally {
    closeSync(descriptor);
  }
  truncateSync(file, Math.max(0, bavail * bsize - room));
  return file;
}
