import { readdirSync, readFileSync } from "node:fs";

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since boot: with the pid, the name of one process for all time. */
  readonly started: string;
}

/** The variable that marks every process of one test file, as far as environments are handed on. */
export const MARK = "M1_TEST_FILE";

/**
 * Owns: what is known of the processes that came out of one test process, by its mark and by descent.
 * Does not own: the processes. Invariants: 1. a process once seen as a descendant stays one, whoever its
 * parent becomes; 2. a pid that was given anew is another process. Sees nothing where there is no /proc.
 */
export class Descendants {
  readonly #mark: string;
  readonly #root: number;
  readonly #known = new Map<number, string>();

  constructor(root: number, mark: string) {
    this.#root = root;
    this.#mark = mark;
  }

  /** Takes note of one descendant that was told of. */
  add(pid: number): void {
    const process = runningProcess(pid);
    if (process) this.#known.set(pid, process.started);
  }

  /** Takes note of the descendants alive now. Called often, so that none is orphaned unseen. */
  note(running: readonly RunningProcess[]): void {
    const byId = new Map(running.map((process) => [process.pid, process]));
    const descends = (process: RunningProcess | undefined): boolean => {
      if (process === undefined || process.pid === this.#root) return false;
      return this.#knows(process) || process.parent === this.#root || descends(byId.get(process.parent));
    };
    for (const process of running) if (descends(process)) this.#known.set(process.pid, process.started);
  }

  /** Those still alive, the test process itself apart. */
  alive(): RunningProcess[] {
    const running = runningProcesses();
    this.note(running);
    return running.filter((process) => process.pid !== this.#root && (this.#knows(process) || this.#isMarked(process)));
  }

  #knows(process: RunningProcess): boolean {
    return this.#known.get(process.pid) === process.started;
  }

  #isMarked({ pid }: RunningProcess): boolean {
    return readText(`/proc/${pid}/environ`)?.split("\0").includes(`${MARK}=${this.#mark}`) ?? false;
  }
}

/** All processes of the machine that still run; those that ended and wait to be reaped are left out. */
export function runningProcesses(): RunningProcess[] {
  return processIds().flatMap((pid) => runningProcess(pid) ?? []);
}

function runningProcess(pid: number): RunningProcess | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name stands in parentheses and may hold anything; what follows it is fields by number.
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z" || state === "X") return undefined;
  return { pid, parent: Number(parent), started: rest[17] ?? "" };
}

/** A process as its command line, for a person. */
export function commandOf(pid: number): string {
  return readText(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim() ?? "";
}

function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // It ended, or it is another user's.
  }
}
