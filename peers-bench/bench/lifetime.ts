import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startScriptedModel, type ScriptedModelServer } from "../../test/fixtures/scripted-model/start.ts";
import { killGroup } from "./child.ts";
import type { RaceRow } from "./races.ts";

const AUTOGEN = fileURLToPath(new URL("../peers/autogen/race.py", import.meta.url));
const M1P = fileURLToPath(new URL("../../dist/cli/m1p.js", import.meta.url));
const STARTS = 9;

/** The beginning and the violent end of a process, from the built package. */
export async function measureLifetime(python: string, say: (line: string) => void): Promise<readonly RaceRow[]> {
  await using server = await startScriptedModel();
  const dataDir = await mkdtemp(join(tmpdir(), "m1p-lifetime-"));
  const sides: Sides = {
    server,
    ours: () =>
      start(process.execPath, [M1P, "solve", "What is six times seven?", ...models(server), "--data-dir", dataDir]),
    resumed: () => start(process.execPath, [M1P, "resume", "last", "--data-dir", dataDir]),
    autogen: () => start(python, [AUTOGEN, "--url", server.url, "--teams", "2", "--json-ledger", "--run-code"]),
  };
  try {
    return [await startUp(sides, say), await kill(sides, say)];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Sides {
  readonly server: ScriptedModelServer;
  readonly ours: () => ChildProcess;
  readonly resumed: () => ChildProcess;
  readonly autogen: () => ChildProcess;
}

function models({ url }: ScriptedModelServer): string[] {
  return ["-k", "2", "-m", `${url}#sim-0,${url}#sim-1`];
}

/** A process group of its own, so that nothing of it outlives the measurement. */
function start(command: string, given: readonly string[]): ChildProcess {
  return spawn(command, given, { stdio: ["ignore", "pipe", "ignore"], detached: true });
}

async function startUp({ server, ours, autogen }: Sides, say: (line: string) => void): Promise<RaceRow> {
  const times = { ours: [] as number[], autogen: [] as number[] };
  for (let round = 0; round < STARTS; round += 1) {
    say(`start of process, ${round + 1} of ${STARTS}`);
    for (const [side, launch] of [
      ["ours", ours],
      ["autogen", autogen],
    ] as const) {
      await server.play({ models: { sim: { rounds: 2, participants: ["Coder"] } } });
      const begun = performance.timeOrigin + performance.now();
      const child = launch();
      await once(child, "exit");
      const first = (await server.stats()).log[0]?.t_recv ?? Number.NaN;
      times[side].push(first - begun);
    }
  }
  const ourMedian = median(times.ours);
  return {
    what: `start of the process to its first model request (median of ${STARTS})`,
    autogen: `${median(times.autogen).toFixed(0)} ms`,
    ours: `${ourMedian.toFixed(0)} ms (fastest ${Math.min(...times.ours).toFixed(0)} ms)`,
    goal: "under 400 ms",
    met: ourMedian < 400,
  };
}

/** Both are killed while their teams' code sleeps. */
async function kill({ server, ours, resumed, autogen }: Sides, say: (line: string) => void): Promise<RaceRow> {
  const left: Record<string, number> = {};
  for (const [side, launch] of [
    ["autogen", autogen],
    ["ours", ours],
  ] as const) {
    say(`SIGKILL in mid-run: ${side}`);
    const sim = {
      rounds: 3,
      participants: ["Coder", "ComputerTerminal"],
      code: "import time\ntime.sleep(5)\nprint(42)",
    };
    await server.play({ models: { sim } });
    const child = launch();
    const gone = once(child, "exit");
    const pid = child.pid ?? 0;
    const below = await untilItRunsCode(pid);
    process.kill(pid, "SIGKILL");
    await gone;
    await sleep(1000);
    const alive = await Promise.all(below.map(isAlive));
    left[side] = alive.filter(Boolean).length;
    killGroup(pid);
  }
  const again = resumed();
  const [code] = (await once(again, "exit")) as [number];
  return {
    what: "SIGKILL while the teams' code runs: processes left a second later; what becomes of the run",
    autogen: `${left["autogen"] ?? "?"} left; nothing to resume`,
    ours: `${left["ours"] ?? "?"} left; \`m1p resume\` ${code === 0 ? "ends with the answer" : `ends with exit ${code}`}`,
    goal: "none left; resumes",
    met: left["ours"] === 0 && code === 0,
  };
}

/** The descendants of a process, once the code of a team is among them. */
async function untilItRunsCode(pid: number): Promise<readonly number[]> {
  for (let tries = 0; tries < 600; tries += 1) {
    const below = await descendants(pid);
    const commands = await Promise.all(below.map(commandOf));
    if (commands.some((command) => /python/.test(command))) return below;
    await sleep(50);
  }
  throw new Error("No code of a team was seen.");
}

async function descendants(root: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = await parentOf(Number(name));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  for (const open = [root]; open.length > 0;) {
    const next = children.get(open.pop() ?? 0) ?? [];
    found.push(...next);
    open.push(...next);
  }
  return found;
}

async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

async function commandOf(pid: number): Promise<string> {
  return await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !/^\d+ \(.*\) Z/s.test(stat);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
