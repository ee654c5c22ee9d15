import { readdirSync, readFileSync } from "node:fs";
import type { ProcessUse } from "./contained-process.ts";

/**
 * What all processes of a PID namespace use, read through the process file system that is mounted in it.
 * `proc` is that mount's path as we see it. Undefined where it cannot be read (the namespace is gone).
 *
 * The resident memory that is their own is summed up, which counts pages shared after a fork several
 * times; only where that sum is over `suspect` the kernel is asked for each one's fair share, which is
 * exact and costs more.
 */
export function namespaceUse(proc: string, suspect: number): ProcessUse | undefined {
  const pids = processIds(proc);
  if (!pids) return undefined;
  const ownBytes = sum(pids, (pid) => field(`${proc}/${pid}/status`, /^Rss(?:Anon|Shmem):\s+(\d+)/gm));
  if (ownBytes <= suspect) return { residentBytes: ownBytes, processes: pids.length };
  const share = sum(pids, (pid) => field(`${proc}/${pid}/smaps_rollup`, /^Pss_(?:Anon|Shmem):\s+(\d+)/gm));
  return { residentBytes: share > 0 ? share : ownBytes, processes: pids.length };
}

function processIds(proc: string): string[] | undefined {
  try {
    return readdirSync(proc).filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
}

function sum(pids: readonly string[], bytesOf: (pid: string) => number): number {
  return pids.reduce((total, pid) => total + bytesOf(pid), 0);
}

/** The kilobytes that the pattern finds in one file of a process, in bytes; none for a process that is gone. */
function field(file: string, pattern: RegExp): number {
  try {
    const found = readFileSync(file, "latin1").matchAll(pattern);
    return [...found].reduce((total, [, kilobytes]) => total + Number(kilobytes) * 1024, 0);
  } catch {
    return 0;
  }
}
