import { access, constants, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { realClock, type Clock } from "../../base/clock.ts";
import { cacheDirectory } from "../../base/directories.ts";
import { describeError, UsageError } from "../../base/errors.ts";
import { Workspace } from "../workspace/workspace.ts";
import { Bubblewrap } from "./bubblewrap.ts";
import { findProgram, searchPath } from "./find-program.ts";
import { MacosSandbox, SANDBOX_EXEC } from "./macos.ts";
import { DEFAULT_LIMITS, type Sandbox, type SandboxKind, type SandboxToolchain } from "./sandbox.ts";
import { explainSandboxFailure, INSTALL_HINT, type SandboxProblem } from "./sandbox-failure.ts";
import { UnsafeHostExec } from "./unsafe-host.ts";

/** Whether code can be run safely on this machine, for the start of a run and for `m1p doctor`. */
export type SandboxVerdict =
  | { readonly ready: true; readonly kind: SandboxKind; readonly program: string; readonly note?: string }
  | ({ readonly ready: false } & SandboxProblem);

const PROBE_MS = 20_000;

/** The verdict of this process's first look, by where the search led: a machine's abilities do not change under it. */
const verdicts = new Map<string, Promise<SandboxVerdict>>();

/**
 * Looks for the platform's sandbox and really runs a program in it, once in a process. A machine without one is told in
 * words, never worked around.
 */
export function sandboxVerdict(environment: NodeJS.ProcessEnv): Promise<SandboxVerdict> {
  const search = searchPath(environment);
  const known = verdicts.get(search) ?? examine(environment);
  verdicts.set(search, known);
  return known;
}

export interface OpenSandboxOptions {
  readonly toolchain: SandboxToolchain;
  readonly clock: Clock;
  readonly environment: NodeJS.ProcessEnv;
  /** Asked for by a person, by name: no sandbox at all. */
  readonly unsafeHostExec?: boolean;
}

/**
 * The sandbox of this machine. Throws `UsageError` (`sandbox-missing`) where none starts, saying what to
 * install or allow; it never falls back to running code on the host.
 */
export async function openSandbox(options: OpenSandboxOptions): Promise<Sandbox> {
  if (options.unsafeHostExec) return new UnsafeHostExec(options);
  const verdict = await sandboxVerdict(options.environment);
  if (!verdict.ready) throw new UsageError("sandbox-missing", verdict.problem, { hint: verdict.hint });
  return sandboxOf(verdict, options.toolchain, options.clock);
}

type Ready = Extract<SandboxVerdict, { ready: true }>;

function sandboxOf(verdict: Ready, toolchain: SandboxToolchain, clock: Clock): Sandbox {
  if (verdict.kind === "macos") return new MacosSandbox({ toolchain, clock });
  return new Bubblewrap({ program: verdict.program, toolchain, clock });
}

async function examine(environment: NodeJS.ProcessEnv): Promise<SandboxVerdict> {
  const candidate = candidateOf(environment);
  if (!candidate.ready) return candidate;
  try {
    await probe(sandboxOf(candidate, { node: process.execPath }, realClock), environment);
    return candidate;
  } catch (error) {
    return { ready: false, ...explainSandboxFailure(describeError(error)) };
  }
}

function candidateOf(environment: NodeJS.ProcessEnv): SandboxVerdict {
  if (process.platform === "darwin") {
    const note = "written for macOS but not tested there by us";
    return { ready: true, kind: "macos", program: SANDBOX_EXEC, note };
  }
  if (process.platform !== "linux") {
    const problem = `There is no sandbox for ${process.platform}.`;
    return { ready: false, problem, hint: "Run m1p in Linux or macOS; on Windows, in WSL 2." };
  }
  const program = findProgram("bwrap", environment);
  if (program) return { ready: true, kind: "bubblewrap", program };
  return { ready: false, problem: "Code is run in a sandbox, and bubblewrap is not installed.", hint: INSTALL_HINT };
}

/** Runs a trivial program the way the teams' programs will run. */
async function probe(sandbox: Sandbox, environment: NodeJS.ProcessEnv): Promise<void> {
  await using folder = await probeFolder(environment);
  const workspace = await Workspace.create({ runDirectory: folder.path, team: "probe" });
  const limits = { ...DEFAULT_LIMITS, wallMs: PROBE_MS };
  const { signal } = new AbortController();
  const result = await sandbox.run({ argv: ["sh", "-c", "echo ready"], workspace, limits, signal });
  if (result.output.trim() === "ready") return;
  throw new UsageError("sandbox-missing", `a trial run ended with ${result.exitCode}: ${result.output.trim()}`);
}

/**
 * The same one for all processes, in the cache, where a process that is killed meanwhile leaves nothing that was not
 * there before; one of the moment where the cache is not ours to write.
 */
async function probeFolder(environment: NodeJS.ProcessEnv): Promise<{ readonly path: string } & AsyncDisposable> {
  const kept = path.join(cacheDirectory(environment), "sandbox-probe");
  const isOurs = await mkdir(kept, { recursive: true, mode: 0o700 })
    .then(() => access(kept, constants.W_OK))
    .then(
      () => true,
      () => false,
    );
  if (isOurs) return { path: kept, [Symbol.asyncDispose]: async () => {} };
  const ofTheMoment = await mkdtemp(path.join(tmpdir(), "m1p-probe-"));
  const remove = () => rm(ofTheMoment, { recursive: true, force: true });
  return { path: ofTheMoment, [Symbol.asyncDispose]: remove };
}
