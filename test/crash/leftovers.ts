import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { realClock, sleep } from "../../src/base/clock.ts";

/** How long the kernel is given to end what the killed process had started, on a machine that has much else to do. */
const GRACE_MS = 5_000;
const LOOK_EVERY_MS = 10;

/**
 * The command lines of processes that have to do with a folder, once they have had time to end: by their command
 * line, environment, working directory, or a mount of their own.
 */
export async function processesOf(folder: string): Promise<string[]> {
  const until = performance.now() + GRACE_MS;
  let found = look(folder);
  while (found.length > 0 && performance.now() < until) {
    await sleep(realClock, LOOK_EVERY_MS);
    found = look(folder);
  }
  return found;
}

function look(folder: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    const place = path.join("/proc", pid);
    const command = text(() => readFileSync(path.join(place, "cmdline"), "utf8"));
    const traces = [
      command,
      text(() => readFileSync(path.join(place, "environ"), "utf8")),
      text(() => readFileSync(path.join(place, "mountinfo"), "utf8")),
      text(() => readlinkSync(path.join(place, "cwd"))),
    ];
    return traces.some((trace) => trace.includes(folder)) ? [command.replaceAll("\0", " ").trim()] : [];
  });
}

/** Names in a folder; none where it is not there. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What may be in a data directory whose one run is over, from its top on. */
const EXPECTED = [
  /^pacing\.db(-journal|-wal|-shm)?$/,
  /^runs$/,
  /^runs\/[0-9a-f-]{36}$/,
  /^runs\/[^/]+\/(log\.db|run\.lock|blobs|workspaces)$/,
  /^runs\/[^/]+\/blobs\/[0-9a-f]{2}(\/[0-9a-f]{64})?$/,
  /^runs\/[^/]+\/workspaces\/team-\d+(\/.*)?$/,
];

/** Where nothing was begun there is nothing to resume, and so nobody who would tidy up the lock of a dead process. */
const DEAD_LOCK = /^runs\/[^/]+\/run\.lock(\.holder|-journal)$/;

/** Files and folders of a data directory that nothing needs any more. */
export function strayFiles(dataDir: string, begun: boolean): string[] {
  const expected = begun ? EXPECTED : [...EXPECTED, DEAD_LOCK];
  try {
    const all = readdirSync(dataDir, { recursive: true }) as string[];
    return all.filter((file) => !expected.some((pattern) => pattern.test(file)));
  } catch {
    return [];
  }
}

/** Its process may have ended while we looked, or be somebody else's. */
function text(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
