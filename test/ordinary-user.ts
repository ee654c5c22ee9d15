import { execFile } from "node:child_process";
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** An id that is nobody's, for a person without rights. */
const ORDINARY = 12_345;
const CHECKOUT = path.resolve(import.meta.dirname, "..");

/** The kernel lets root do what it refuses to others; there, such tests run as an ordinary user. */
export const isRoot = process.platform === "linux" && process.getuid?.() === 0;

export interface OrdinaryRun {
  readonly code: number;
  /** In the TAP format. */
  readonly output: string;
}

/** Runs a test file of the checkout as an ordinary user, in a home of its own. Root alone can do that. */
export async function runAsOrdinaryUser(file: string): Promise<OrdinaryRun> {
  const home = await mkdtemp(path.join(tmpdir(), "m1p-ordinary-"));
  try {
    await chown(home, ORDINARY, ORDINARY);
    return await runIn(home, file);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The checkout may lie where only root can go, so the user finds it under its own home, in a mount of its own. */
async function runIn(home: string, file: string): Promise<OrdinaryRun> {
  const mounted = path.join(home, "checkout");
  await mkdir(mounted);
  const there = (name: string) => path.join(mounted, path.relative(CHECKOUT, name));
  const node = process.execPath.startsWith(CHECKOUT) ? there(process.execPath) : process.execPath;
  const identity = [`--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, "--clear-groups"];
  const program = [node, "--test", "--test-reporter=tap", path.join(mounted, file)];
  const script = 'mount --bind "$0" "$1" && shift && exec "$@"';
  const command = ["-m", "sh", "-c", script, CHECKOUT, mounted, "setpriv", ...identity, ...program];
  const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: home };
  return new Promise((resolve) => {
    execFile("unshare", command, { env, cwd: home }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: stdout + stderr });
    });
  });
}
