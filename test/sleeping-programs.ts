import { randomInt } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { afterReadyEvents } from "../src/base/event-loop.ts";

/** A length of sleep that no other process of the machine has in its command line. */
export function uniqueSleep(): string {
  return `6${randomInt(10)}.${randomInt(1e8, 1e9)}`;
}

/** Whether a program that sleeps so long is alive: not gone, and not merely unburied. */
export async function isAlive(sleep: string): Promise<boolean> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const program = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (program[0]?.endsWith("sleep") && program.includes(sleep)) return true;
  }
  return false;
}

/** Looks again and again, for at most half a second. */
export async function diesSoon(sleep: string): Promise<boolean> {
  const until = performance.now() + 500;
  while (performance.now() < until) {
    if (!(await isAlive(sleep))) return true;
    await new Promise<void>(afterReadyEvents);
  }
  return false;
}
