import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Whom a team's folder belongs to and its code runs as. */
export interface SandboxUser {
  readonly uid: number;
  readonly gid: number;
}

/** Ids that systemd's conventions leave to nobody; in a container with fewer ids, the upper ones of those. */
const FREE_IDS = { first: 1_900_000_000, last: 2_099_999_999 };
/** Below it are the system's and people's own ids. */
const LOWEST_ID = 20_000;

/**
 * The user that sandboxed code of a folder runs as, when we are root: one of its own for each folder, so
 * that the kernel's limit on processes (which does not bind root) counts each team apart. Undefined where
 * we are not root (then the code runs as we do, in a user namespace of its own) or have no other ids.
 */
export function sandboxUser(folder: string): SandboxUser | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const range = freeIds(readFileSync("/proc/self/uid_map", "utf8"));
  if (!range) return undefined;
  const draw = createHash("sha256").update(folder).digest().readUInt32BE(0);
  const id = range.first + (draw % (range.last - range.first + 1));
  return { uid: id, gid: id };
}

/** The ids to draw from, given the kernel's table of the ids that exist here. Exported for its test. */
export function freeIds(uidMap: string): { first: number; last: number } | undefined {
  for (const line of uidMap.trim().split("\n")) {
    const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    const last = inside + count - 1;
    if (inside <= FREE_IDS.first && last >= FREE_IDS.last) return FREE_IDS;
    // 65534 is "nobody": left out, like all above it in a container's 65,536 ids.
    const usable = Math.min(last, 65_533);
    if (inside <= LOWEST_ID && usable > LOWEST_ID) return { first: LOWEST_ID, last: usable };
  }
  return undefined;
}
