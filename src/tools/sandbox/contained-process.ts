import { spawn, type ChildProcess } from "node:child_process";
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { constants as system } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { Clock, StopTimer } from "../../base/clock.ts";
import { M1Error, toError } from "../../base/errors.ts";
import { coveringInherited } from "./inherited-descriptors.ts";
import { type OutputStream, ProgramOutput } from "./program-output.ts";
import type { EndedBy, SandboxLimits, SandboxResult } from "./sandbox.ts";

/** Somebody who prints this much wants to drown us: reading it all would keep a core busy for nothing. */
const FLOOD_BYTES = 64 * 1024 ** 2;
/** How long output may still come, and killed processes may still die, before they are given up. */
const DRAIN_MS = 400;
const LINGER_MS = 2;
const LAUNCHER_TEXT_BYTES = 8 * 1024;
const SAMPLE_MS = 100;

/** What the processes of one sandbox use together, for the limits the kernel has no means to hold. */
export interface ProcessUse {
  readonly residentBytes: number;
  readonly processes: number;
}

/** What is asked of one program's run. A limit that is not given does not bind. */
export interface ContainedRequest {
  /** Without it the program reads an empty input. */
  readonly stdin?: string;
  readonly limits: Pick<SandboxLimits, "outputBytes"> &
    Partial<Pick<SandboxLimits, "memoryBytes" | "processes" | "wallMs">>;
  readonly signal: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

export interface ContainedResult extends SandboxResult {
  /** Standard output alone, where it came apart from complaints and there were some. */
  readonly outputAlone: string | undefined;
}

/** How one implementation starts its program and gets rid of it. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** The launcher's own environment, from which nothing may leak. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to file descriptor 5, then closed. */
  readonly feed?: string;
  /**
   * Named pipes by which output and complaints come apart, instead of descriptor 1. The launcher has them
   * open for writing when it tells its status. Programs can open them by name (`/dev/stderr`), which the
   * socket that descriptor 1 is does not allow.
   */
  readonly pipes?: { readonly output: string; readonly complaints: string };
  /** A person's own program: it may print without end, and all of it is shown. */
  readonly isTrusted?: boolean;
  /** Kills all that was started, beyond the process group. */
  sweep?(status: string): void;
  /** Milliseconds between two measurements, where measuring is dear. Default: 100. */
  readonly sampleMs?: number;
  /** Measures what it uses; undefined where that is not known (yet). `status` is what came on descriptor 3. */
  measure?(status: string): ProcessUse | undefined;
  /** The program's own exit code, where the launcher reports it on descriptor 3. */
  exitCode?(status: string): number | undefined;
  /** Whether something is still alive after the launcher is gone. */
  lingers?(status: string): boolean;
}

/**
 * Owns: one launcher process, its pipes, its limits in time, output and memory, and its end. Does not
 * own: what isolates it.
 * Descriptors of the launcher: 0 input, 1 the program's output (unless it has pipes), 2 the launcher's own
 * complaints, 3 its status, 4 a lifeline (a line comes when it is watched; it ends when we die), 5 the script.
 * Invariants: 1. the first cause of the end wins; 2. it settles only when the program is gone and its
 * pipes are closed, or were given up after `DRAIN_MS`; 3. no timer and no listener is left.
 */
class ContainedProcess {
  readonly #launch: Launch;
  readonly #request: ContainedRequest;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #text: ProgramOutput;
  readonly #stopWall: StopTimer;
  #stopSampling: StopTimer = () => {};
  #stopDrain: StopTimer = () => {};
  #stopLinger: StopTimer = () => {};
  readonly #done = Promise.withResolvers<ContainedResult>();
  readonly #openPipes = new Set<Socket>();
  #rawBytes = 0;
  #complaints = "";
  #status = "";
  #endedBy: EndedBy | "abort" | undefined;
  #exit: { readonly code: number | null } | undefined;
  #closed = false;
  #settled = false;

  constructor(launch: Launch, request: ContainedRequest, clock: Clock) {
    const { outputBytes, wallMs } = request.limits;
    this.#launch = launch;
    this.#request = request;
    this.#clock = clock;
    this.#text = new ProgramOutput({
      keptBytes: outputBytes,
      shownLength: launch.isTrusted ? Number.POSITIVE_INFINITY : outputBytes,
      show: request.onOutput,
    });
    this.#child = start(launch, request);
    this.#connect();
    this.#stopWall = wallMs === undefined ? () => {} : clock.timer(wallMs, () => this.#end("time"));
    request.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  get result(): Promise<ContainedResult> {
    return this.#done.promise;
  }

  #connect(): void {
    const child = this.#child;
    child.on("error", (error) => this.#fail(error));
    child.on("exit", (code, signal) => this.#exited(code, signal));
    child.on("close", () => {
      this.#closed = true;
      this.#settleWhenGone();
    });
    this.#readable(1).on("data", (bytes: Buffer) => this.#output(bytes, "all"));
    this.#readable(2).on("data", (bytes: Buffer) => {
      if (this.#complaints.length < LAUNCHER_TEXT_BYTES) this.#complaints += bytes.toString();
    });
    this.#readable(3).on("data", (bytes: Buffer) => this.#statusCame(bytes.toString()));
    this.#writable(0)?.end(this.#request.stdin);
    this.#writable(4);
    this.#writable(5)?.end(this.#launch.feed);
  }

  readonly #onAbort = (): void => this.#end("abort");

  #statusCame(text: string): void {
    const first = this.#status === "";
    this.#status += text;
    if (!first) return;
    const { pipes } = this.#launch;
    try {
      if (pipes) this.#openPipe(pipes.output, "output");
      if (pipes) this.#openPipe(pipes.complaints, "complaints");
    } catch (error) {
      // A program whose output nobody reads must not begin.
      this.#complaints += toError(error).message;
      return this.#kill();
    }
    // Only now is the program let loose: whatever kills us from here on kills it as well.
    this.#writable(4)?.write("go\n");
    this.#sampleSoon();
  }

  #openPipe(file: string, stream: OutputStream): void {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
    this.#openPipes.add(pipe);
    pipe.on("error", () => {});
    pipe.on("data", (bytes: Buffer) => this.#output(bytes, stream));
    pipe.on("close", () => {
      this.#openPipes.delete(pipe);
      if (this.#closed) this.#settleWhenGone();
    });
  }

  #sampleSoon(): void {
    const { memoryBytes = Number.POSITIVE_INFINITY, processes = Number.POSITIVE_INFINITY } = this.#request.limits;
    if (this.#exit || this.#endedBy || Math.min(memoryBytes, processes) === Number.POSITIVE_INFINITY) return;
    this.#stopSampling = this.#clock.timer(this.#launch.sampleMs ?? SAMPLE_MS, () => {
      const use = this.#launch.measure?.(this.#status);
      if (use && use.residentBytes > memoryBytes) this.#end("memory");
      else if (use && use.processes > processes) this.#end("processes");
      else this.#sampleSoon();
    });
  }

  #output(bytes: Buffer, stream: OutputStream): void {
    this.#rawBytes += bytes.length;
    if (this.#endedBy !== "output") this.#text.push(bytes, stream, this.#endedBy !== "abort");
    if (this.#rawBytes > FLOOD_BYTES && !this.#launch.isTrusted) this.#end("output");
  }

  #end(cause: EndedBy | "abort"): void {
    if (this.#endedBy || this.#exit) return;
    this.#endedBy = cause;
    this.#kill();
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // The group is gone: that is what was wanted.
    }
    this.#launch.sweep?.(this.#status);
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    this.#exit = { code: signal === null ? code : 128 + system.signals[signal] };
    this.#kill();
    this.#stopDrain = this.#clock.timer(DRAIN_MS, () => this.#settle());
  }

  #settleWhenGone(): void {
    if (this.#settled || this.#openPipes.size > 0) return;
    if (!this.#launch.lingers?.(this.#status)) return this.#settle();
    this.#stopLinger = this.#clock.timer(LINGER_MS, () => this.#settleWhenGone());
  }

  #settle(): void {
    if (this.#settled) return;
    this.#release();
    this.#text.end(this.#endedBy !== "abort");
    if (this.#endedBy === "abort") return this.#done.reject(this.#request.signal.reason);
    const failed = this.#launchFailure();
    if (failed) return this.#done.reject(failed);
    const reported = this.#launch.exitCode?.(this.#status) ?? this.#exit?.code ?? null;
    this.#done.resolve({
      exitCode: this.#endedBy ? null : reported,
      output: this.#text.text(),
      outputAlone: this.#text.outputAlone(),
      outputCut: this.#text.cut,
      timedOut: this.#endedBy === "time",
      endedBy: this.#endedBy,
    });
  }

  /** A launcher that complains and has run nothing: the fault is ours, not the program's. */
  #launchFailure(): M1Error | undefined {
    if (this.#endedBy) return undefined;
    const started = this.#text.total > 0 || this.#complaints.trim() === "";
    if (started && this.#status !== "") return undefined;
    return sandboxFailed(this.#complaints.trim() || `its launcher ended with code ${this.#exit?.code}`);
  }

  #fail(error: Error): void {
    if (this.#settled) return;
    this.#release();
    this.#done.reject(sandboxFailed(error.message, error));
  }

  #release(): void {
    this.#settled = true;
    for (const stop of [this.#stopWall, this.#stopSampling, this.#stopDrain, this.#stopLinger]) stop();
    this.#request.signal.removeEventListener("abort", this.#onAbort);
    for (const stream of [...this.#child.stdio, ...this.#openPipes]) stream?.destroy();
    this.#child.unref();
  }

  #readable(descriptor: 1 | 2 | 3): Readable {
    const stream = this.#pipe(descriptor) as Readable;
    // A pipe that breaks has a dead program at its other end, and that is noticed by its exit.
    return stream.on("error", () => {});
  }

  #writable(descriptor: 0 | 4 | 5): Writable | null {
    const stream = this.#pipe(descriptor) as Writable | null;
    return stream?.on("error", () => {}) ?? null;
  }

  #pipe(descriptor: number): Readable | Writable | null {
    // Node's types know five; a child has as many as were asked for.
    const pipes: readonly (Readable | Writable | null | undefined)[] = this.#child.stdio;
    return pipes[descriptor] ?? null;
  }
}

function start(launch: Launch, request: ContainedRequest): ChildProcess {
  const input = request.stdin === undefined ? "ignore" : "pipe";
  const feed = launch.feed === undefined ? [] : (["pipe"] as const);
  return coveringInherited(5 + feed.length, (covers) =>
    spawn(launch.file, [...launch.args], {
      detached: true,
      env: { ...launch.env },
      ...(launch.cwd === undefined ? {} : { cwd: launch.cwd }),
      stdio: [input, "pipe", "pipe", "pipe", "pipe", ...feed, ...covers],
    }),
  );
}

/** Runs what is to be launched within the request's limits. Settles as `Sandbox.run` says. */
export async function runContained(launch: Launch, request: ContainedRequest, clock: Clock): Promise<ContainedResult> {
  request.signal.throwIfAborted();
  return await new ContainedProcess(launch, request, clock).result;
}

function sandboxFailed(complaint: string, cause?: unknown): M1Error {
  return new M1Error("sandbox-failed", `The sandbox could not run the program: ${complaint}`, {
    hint: "`m1p doctor` says what works on this machine.",
    cause,
  });
}
