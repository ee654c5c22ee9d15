import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { EventOf, LoggedEvent } from "../../src/events/run-event.ts";
import { startScriptedModel, type ScriptedModelServer } from "../fixtures/scripted-model/start.ts";

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
  /** Called with each event of `--json` as it comes. */
  readonly onEvent?: (event: LoggedEvent, child: ChildProcess) => void;
}

/** Runs the command line in a process of its own, with an environment of its own and no keys. */
export async function m1p(t: TestContext, args: readonly string[], options: CommandOptions = {}): Promise<CommandRun> {
  const dataDir = options.dataDir ?? temporaryFolder(t);
  const { PATH, HOME, M1P_CACHE_DIR } = process.env;
  const child = spawn(process.execPath, [M1P, ...args], {
    cwd: options.directory ?? temporaryFolder(t),
    env: { PATH, HOME, ...(M1P_CACHE_DIR ? { M1P_CACHE_DIR } : {}), M1P_DATA_DIR: dataDir, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => stop(child));
  const closed = once(child, "close") as Promise<[number | null]>;
  const events: LoggedEvent[] = [];
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on("line", (line) => {
    stdout += `${line}\n`;
    if (!line.startsWith('{"')) return;
    const event = JSON.parse(line) as LoggedEvent;
    events.push(event);
    options.onEvent?.(event, child);
  });
  const [exitCode] = await closed;
  return { exitCode, stdout, stderr, events, dataDir };
}

export function answerOf(events: readonly LoggedEvent[]): EventOf<"race-decided"> {
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

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "close");
}
