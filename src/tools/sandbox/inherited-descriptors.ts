import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

const CLOSE_ON_EXEC = 0o2000000;

/**
 * Files that whoever started us (or a native library) left open without marking them would go on to every
 * program we start, into the sandbox too. We cannot close them, they are not ours; but a child can be given
 * /dev/null in their places. `spawn` gets what to append to the child's `stdio`, whose next descriptor is
 * `first`, and must start the child at once. On macOS Node starts children with all unmarked ones closed.
 */
export function coveringInherited<Child>(
  first: number,
  spawn: (stdio: readonly ("ignore" | number)[]) => Child,
): Child {
  const inherited = inheritedFrom(first);
  if (inherited.size === 0) return spawn([]);
  const nothing = openSync("/dev/null", "r+");
  try {
    const last = Math.max(...inherited);
    const places = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    return spawn(places.map((descriptor) => (inherited.has(descriptor) ? nothing : "ignore")));
  } finally {
    closeSync(nothing);
  }
}

function inheritedFrom(first: number): ReadonlySet<number> {
  if (process.platform !== "linux") return new Set();
  const open = readdirSync("/proc/self/fd").map(Number);
  return new Set(open.filter((descriptor) => descriptor >= first && isInherited(descriptor)));
}

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // It was closed meanwhile (the listing itself was one of them).
    return false;
  }
}
