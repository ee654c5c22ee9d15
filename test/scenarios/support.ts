import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { watch } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/main.ts";
import type { EventOf, LoggedEvent } from "../../src/events/run-event.ts";
import { startScriptedModel, type ScriptedModelServer, type ServerStats } from "../fixtures/scripted-model/start.ts";

const M1P = fileURLToPath(new URL("../../src/cli/m1p.ts", import.meta.url));

/** A folder that goes with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The shared scripted model server; it goes with the test. */
export async function scriptedServer(t: TestContext, scenario: object): Promise<ScriptedModelServer> {
  const server = await startScriptedModel(scenario);
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

/** One model name a team, so that the server plays each team its own part. */
export function modelsOf(server: ScriptedModelServer, name: string, teams: number): string {
  return Array.from({ length: teams }, (_, index) => `${server.url}#${name}-${index}`).join(",");
}

export interface CommandRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of `--json`. */
  readonly events: readonly LoggedEvent[];
  readonly dataDir: string;
}

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly dataDir?: string;
  /** Called with each event of `--json` as it comes; its failure ends the process and is thrown. */
  readonly onEvent?: ((event: LoggedEvent, child: ChildProcess) => void | Promise<void>) | undefined;
  /** Called with all of standard error so far, whenever more of it comes. */
  readonly onText?: (stderr: string, child: ChildProcess) => void;
}

/** An environment of its own and no keys. */
function environmentOf(dataDir: string, { environment }: CommandOptions): Record<string, string | undefined> {
  const { PATH, HOME, M1P_CACHE_DIR } = process.env;
  return { PATH, HOME, ...(M1P_CACHE_DIR ? { M1P_CACHE_DIR } : {}), M1P_DATA_DIR: dataDir, ...environment };
}

/** Runs the command line in this process, for what needs none of its own. */
export async function m1pHere(
  t: TestContext,
  args: readonly string[],
  options: Omit<CommandOptions, "onEvent" | "onText"> = {},
): Promise<CommandRun> {
  const dataDir = options.dataDir ?? temporaryFolder(t);
  let stdout = "";
  let stderr = "";
  const exitCode = await main(args, {
    stdout: { write: (text) => void (stdout += text) },
    stderr: { write: (text) => void (stderr += text) },
    color: false,
    columns: undefined,
    environment: environmentOf(dataDir, options),
    directory: options.directory ?? temporaryFolder(t),
  });
  const events = stdout.split("\n").filter(isEventLine).map(parseEvent);
  return { exitCode, stdout, stderr, events, dataDir };
}

function isEventLine(line: string): boolean {
  return line.startsWith('{"');
}

function parseEvent(line: string): LoggedEvent {
  return JSON.parse(line) as LoggedEvent;
}

/** Runs the command line in a process of its own, with an environment of its own and no keys. */
export async function m1p(t: TestContext, args: readonly string[], options: CommandOptions = {}): Promise<CommandRun> {
  const dataDir = options.dataDir ?? temporaryFolder(t);
  const child = spawn(process.execPath, [M1P, ...args], {
    cwd: options.directory ?? temporaryFolder(t),
    env: environmentOf(dataDir, options),
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => stop(child));
  const closed = once(child, "close") as Promise<[number | null]>;
  const events: LoggedEvent[] = [];
  const acts: Promise<void>[] = [];
  const act = async (event: LoggedEvent) => {
    try {
      await options.onEvent?.(event, child);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  };
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    options.onText?.(stderr, child);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    stdout += `${line}\n`;
    if (!isEventLine(line)) return;
    const event = parseEvent(line);
    events.push(event);
    acts.push(act(event));
  });
  const [exitCode] = await closed;
  await Promise.all(acts);
  return { exitCode, stdout, stderr, events, dataDir };
}

export function answerOf(events: readonly LoggedEvent[]): LoggedEvent<EventOf<"race-decided">> {
  const decided = events.filter((event) => event.type === "race-decided");
  if (decided.length !== 1 || !decided[0]) throw new Error(`${decided.length} race-decided events`);
  return decided[0];
}

/** The command lines of live processes that contain `text`. */
export function processesRunning(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()];
      } catch {
        return []; // It ended while we looked.
      }
    })
    .filter((line) => line.includes(text));
}

/** Python that sleeps in a process of its own and leaves `READY` in its workspace once that runs. */
export function sleeper(seconds: string): string {
  return [
    "import pathlib, subprocess",
    `asleep = subprocess.Popen(["sleep", "${seconds}"])`,
    `pathlib.Path("${READY}").write_text("asleep")`,
    "asleep.wait()",
  ].join("\n");
}
const READY = "ready";

/** Resolves when a team's `sleeper` sleeps. Rejects where that doesn't come about within 20 s. */
export async function asleep(runDirectory: string, team: string): Promise<void> {
  const workspace = path.join(runDirectory, "workspaces", team);
  const isReady = () => existsSync(path.join(workspace, READY));
  try {
    // The first look comes after the watch has begun, so that nothing can fall between the two.
    const changes = watch(workspace, { signal: AbortSignal.timeout(20_000) })[Symbol.asyncIterator]();
    let change = changes.next();
    while (!isReady()) {
      await change;
      change = changes.next();
    }
    change.catch(() => {});
    await changes.return?.();
  } catch (cause) {
    throw new Error(`${team}'s program did not get ready in ${workspace}`, { cause });
  }
}

/** Asks the server until `wanted` is true of what it saw; fails after `withinMs`. */
export async function serverSees(
  server: ScriptedModelServer,
  wanted: (stats: ServerStats) => boolean,
  withinMs: number,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const stats = await server.stats();
    if (wanted(stats)) return;
    assert.ok(Date.now() < deadline, `not within ${withinMs} ms: ${String(wanted)}; ${stats.inflight} in flight`);
  }
}

/** The kernel ends processes at once, but not in our own instant: looks for half a second at most. */
export async function assertGone(text: string): Promise<void> {
  const deadline = Date.now() + 500;
  while (processesRunning(text).length > 0 && Date.now() < deadline)
    await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(processesRunning(text), []);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "close");
}

/** Counts its runs in a file of the team's folder: what it prints tells what was in there. */
export const COUNTER = [
  "import pathlib",
  "count = pathlib.Path('count')",
  "number = int(count.read_text()) + 1 if count.exists() else 1",
  "count.write_text(str(number))",
  "print(f'number {number}')",
].join("\n");
