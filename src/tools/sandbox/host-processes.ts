import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { ProcessUse } from "./contained-process.ts";

interface HostProcess {
  readonly pid: number;
  readonly residentBytes: number;
}

/** In the environment of programs that no namespace holds together, so that their children are known too. */
export interface ProcessMark {
  /** The variable's name. */
  readonly name: string;
  readonly value: string;
}

const PS = "/bin/ps";

/**
 * The processes that came of one launch: on Linux all whose environment has its mark, sessions of their own
 * or not; elsewhere the launcher's process group and its descendants. What wipes its environment (Linux) or
 * leaves group and parents (elsewhere) is not found: only a real sandbox is sure.
 */
export function processesOf({ name, value }: ProcessMark, launcher: number | undefined): readonly HostProcess[] {
  return process.platform === "linux" ? markedProcesses((each) => each === `${name}=${value}`) : descendants(launcher);
}

/** The processes whose mark begins like this, whoever launched them; only Linux tells, elsewhere it is none. */
export function processesMarked({ name, value }: ProcessMark): readonly HostProcess[] {
  return process.platform === "linux" ? markedProcesses((each) => each.startsWith(`${name}=${value}`)) : [];
}

export function useOf(processes: readonly HostProcess[]): ProcessUse {
  const residentBytes = processes.reduce((total, one) => total + one.residentBytes, 0);
  return { residentBytes, processes: processes.length };
}

export function killAll(processes: readonly HostProcess[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

/** Never we ourselves: a program may have started us. */
function markedProcesses(isMark: (variable: string) => boolean): HostProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      if (!readFileSync(`/proc/${name}/environ`, "utf8").split("\0").some(isMark)) return [];
      const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "latin1"))?.[1];
      return [{ pid: Number(name), residentBytes: Number(kilobytes ?? 0) * 1024 }];
    } catch {
      // Gone, or another user's.
      return [];
    }
  });
}

function descendants(launcher: number | undefined): HostProcess[] {
  const table = execFileSync(PS, ["-A", "-o", "pid=,ppid=,pgid=,rss="], { encoding: "latin1" });
  const found = new Set(launcher === undefined ? [] : [launcher]);
  const processes: HostProcess[] = [];
  // A child is listed after its parent, except where numbers wrapped around; two passes find those as well.
  for (const row of [...table.split("\n"), ...table.split("\n")]) {
    const [pid = 0, parent = 0, group = 0, kilobytes = 0] = row.trim().split(/\s+/).map(Number);
    const known = processes.some((one) => one.pid === pid);
    if (known || pid === 0 || !(found.has(pid) || found.has(parent) || group === launcher)) continue;
    found.add(pid);
    processes.push({ pid, residentBytes: kilobytes * 1024 });
  }
  return processes;
}
