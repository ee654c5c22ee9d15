import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ROOT, toolEnvironment } from "../checks/command.ts";
import type { TestMessage, TestResult } from "./messages.ts";
import { commandOf, Descendants, MARK, runningProcesses, type RunningProcess } from "./processes.ts";

const REPORTER = fileURLToPath(new URL("./reporter.ts", import.meta.url));

/** How long things may take, in milliseconds. */
export interface Limits {
  /** One test that sets no limit of its own. */
  readonly test: number;
  /** A process whose tests have all ended, or that begins none: something keeps it alive. */
  readonly idle: number;
  /** One file, whatever it does. */
  readonly file: number;
  /** Children of the process after its end. */
  readonly children: number;
}

export const LIMITS: Limits = { test: 60_000, idle: 15_000, file: 600_000, children: 1_000 };

/** What came of one test file. */
export interface FileResult {
  /** Relative to the project's folder. */
  readonly file: string;
  readonly milliseconds: number;
  readonly results: readonly TestResult[];
  /** What is wrong with the file as a whole, beside its tests. */
  readonly problems: readonly string[];
  /** The end of what it printed. */
  readonly output: string;
}

/**
 * Runs one test file in a process of its own. Besides its tests, what fails: a file without tests, a
 * process that does not end, or that leaves a child behind (which is then killed).
 */
export async function runFile(file: string, signal: AbortSignal, limits: Limits = LIMITS): Promise<FileResult> {
  const begun = performance.now();
  const testProcess = new TestProcess(file, limits);
  const stop = (): void => testProcess.kill("The whole run was stopped.");
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    await testProcess.ended;
    await testProcess.judgeEnd();
  } finally {
    signal.removeEventListener("abort", stop);
  }
  const { results, problems, output } = testProcess;
  return { file: relative(ROOT, file), milliseconds: performance.now() - begun, results, problems, output };
}

/**
 * Owns: one test process and its watch. Does not own: the processes that the tests start, except to kill
 * what they leave behind. Invariants: 1. `ended` resolves, whatever the file does; 2. after `judgeEnd`
 * nothing of it lives.
 */
class TestProcess {
  readonly results: TestResult[] = [];
  readonly problems: string[] = [];
  readonly ended: Promise<void>;
  output = "";
  readonly #child: ChildProcess;
  readonly #limits: Limits;
  readonly #descendants: Descendants;
  readonly #running = new Set<number>();
  readonly #begun = performance.now();
  #lastSign = performance.now();

  constructor(file: string, limits: Limits) {
    const mark = randomUUID();
    this.#limits = limits;
    this.#child = spawn(
      process.execPath,
      [`--test-timeout=${limits.test}`, `--test-reporter=${REPORTER}`, "--test-reporter-destination=stdout", file],
      { cwd: ROOT, env: testEnvironment(mark), stdio: ["ignore", "pipe", "pipe", "ipc"], detached: true },
    );
    this.#descendants = new Descendants(this.#child.pid ?? -1, mark);
    const collect = (chunk: string): void => void (this.output = (this.output + chunk).slice(-8_000));
    this.#child.stdout?.setEncoding("utf8").on("data", collect);
    this.#child.stderr?.setEncoding("utf8").on("data", collect);
    this.#child.on("message", (message) => this.#hear(message as TestMessage));
    this.ended = this.#end();
  }

  kill(reason: string): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.problems.push(reason);
    this.#child.kill("SIGKILL");
  }

  /** Adds what the end of the process tells. */
  async judgeEnd(): Promise<void> {
    const failed = this.results.some((result) => result.failure !== undefined);
    if (this.results.length === 0) this.problems.push("It ran no test.");
    if (this.#child.exitCode !== 0 && !failed && this.problems.length === 0)
      this.problems.push(`Its process ended with ${this.#child.exitCode ?? this.#child.signalCode}.`);
    for (const process of await this.#outliving()) {
      this.problems.push(`It left a process behind: ${commandOf(process.pid).slice(0, 200)} (${process.pid}).`);
      killQuietly(process.pid);
    }
    await this.#outliving();
  }

  /** Its end, all it told, and what it printed unless a child of its own holds the output open. */
  async #end(): Promise<void> {
    const watch = setInterval(() => this.#watch(), 250);
    const closed = once(this.#child, "close");
    try {
      await Promise.all([once(this.#child, "exit"), once(this.#child, "disconnect")]);
      await Promise.race([closed, pause(200, undefined, { ref: false })]);
    } catch (error) {
      this.problems.push(`It could not be started: ${String(error)}`);
    } finally {
      clearInterval(watch);
    }
  }

  #hear(message: TestMessage): void {
    this.#lastSign = performance.now();
    if (message.kind === "begun") this.#running.add(message.id);
    else if (message.kind === "ended") this.#running.delete(message.id);
    else if (message.kind === "spawned") this.#descendants.add(message.pid);
    else if (message.kind === "result") this.results.push(message.result);
    else this.problems.push(message.text);
  }

  #watch(): void {
    this.#descendants.note(runningProcesses());
    const now = performance.now();
    const idle = this.#running.size === 0 && now - this.#lastSign > this.#limits.idle;
    if (idle)
      this.kill(
        `No test runs, and it does not end: a timer, server or other handle is left open (${this.#seconds()}).`,
      );
    else if (now - this.#begun > this.#limits.file) this.kill(`It took too long (${this.#seconds()}).`);
  }

  /** Its descendants that do not end within their limit. */
  async #outliving(): Promise<RunningProcess[]> {
    const until = performance.now() + this.#limits.children;
    let alive = this.#descendants.alive();
    while (alive.length > 0 && performance.now() < until) {
      await pause(20);
      alive = this.#descendants.alive();
    }
    return alive;
  }

  #seconds(): string {
    return `${Math.round((performance.now() - this.#begun) / 1000)} s`;
  }
}

/** Tests never see the keys of whoever runs them: they might be spent. */
function testEnvironment(mark: string): NodeJS.ProcessEnv {
  const environment = Object.entries(toolEnvironment()).filter(([name]) => !/_API_KEY$|_AUTH_TOKEN$/.test(name));
  return { ...Object.fromEntries(environment), [MARK]: mark };
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in between.
  }
}
