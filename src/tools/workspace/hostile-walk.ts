import { M1Error } from "../../base/errors.ts";
import { otherWork } from "../../base/event-loop.ts";

/** Looks at so many entries before other work gets its turn: about a millisecond. */
export const ENTRIES_A_TURN = 200;

/** Some 20 ms: a file system's clock that has not ticked by then ticks too seldom to wait for. */
const MOST_LOOKS = 2000;

/** The time by `now`, looked at until it is after another, or it is of no use to wait any longer. */
export async function timeAfter(time: bigint, now: () => bigint): Promise<bigint> {
  let current = now();
  for (let looks = 1; current <= time && looks < MOST_LOOKS; looks += 1) {
    await otherWork();
    current = now();
  }
  return current;
}

/** Whether we may go into folders and read files that their modes close to us. */
export function isAlmighty(): boolean {
  return process.getuid?.() === 0;
}

/** What `look` gives, or undefined where the entry has vanished or is something else by now. */
export function unlessGone<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

export function isRefused(error: unknown): boolean {
  return hasCode(error, ["EACCES", "EPERM"]);
}

/** Only where folders are reached by their paths: elsewhere no depth is too much. */
export function tooDeep(error: unknown): unknown {
  if (!hasCode(error, ["ENAMETOOLONG"])) return error;
  return new M1Error("workspace-too-deep", "The workspace's folders lie deeper in each other than a path is long.", {
    hint: "Remove the deepest ones.",
    cause: error,
  });
}

function isGone(error: unknown): boolean {
  // A link where a file or folder was: ELOOP, or ENOTDIR. A file where a link was: EINVAL. A socket: ENXIO.
  return hasCode(error, ["ENOENT", "ENOTDIR", "ELOOP", "EINVAL", "ENXIO"]);
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
