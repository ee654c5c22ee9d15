import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import type { Clock } from "../../base/clock.ts";
import { runContained, type Launch } from "./contained-process.ts";
import { killAll, processesOf, useOf } from "./host-processes.ts";
import { programEnvironment } from "./program-environment.ts";
import type { SandboxRequest, SandboxResult, SandboxToolchain } from "./sandbox.ts";

const SAMPLE_MS = 500;
const MARK = "M1P_SANDBOX";
/** `ulimit -f` counts blocks of 512 bytes. */
const BLOCK_BYTES = 512;

/** How a program runs on the host's own system: bare, or behind a command that confines it. */
export interface HostProgramOptions {
  readonly toolchain: SandboxToolchain;
  readonly clock: Clock;
  /** What stands before the program, given its own temporary folder: a confining command and its arguments. */
  prefix(temporary: string): readonly string[];
}

/**
 * Runs a program without namespaces: in its workspace, with the small environment, in a process group of
 * its own, killed when it ends, is aborted or when we die. Memory and processes are measured and ended
 * when over their limit, since these systems have no limit that binds a whole group.
 */
export async function runHostProgram(options: HostProgramOptions, request: SandboxRequest): Promise<SandboxResult> {
  request.signal.throwIfAborted();
  const temporary = await realpath(await mkdtemp(path.join(tmpdir(), "m1p-")));
  try {
    const { script } = request;
    const scriptPath = script ? path.join(temporary, script.name) : undefined;
    if (script && scriptPath) await writeFile(scriptPath, script.text, { mode: 0o600 });
    const program = [...options.prefix(temporary), ...request.argv, ...(scriptPath ? [scriptPath] : [])];
    return await runContained(hostLaunch(options, request, temporary, program), request, options.clock);
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

function hostLaunch(
  options: HostProgramOptions,
  request: SandboxRequest,
  temporary: string,
  program: readonly string[],
): Launch {
  const { python, node, npm } = options.toolchain;
  const folders = [...(python ? [python.directory] : []), ...(npm === undefined ? [] : [npm])];
  const own = [...folders.map((folder) => path.join(folder, "bin")), path.dirname(node)];
  const variables = programEnvironment({
    path: [...own, "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
    temporary,
    workspace: request.workspace.root,
    request,
  });
  const mark = { name: MARK, value: temporary };
  const processes = (status: string) => processesOf(mark, launcherPid(status));
  return {
    file: "/bin/sh",
    args: ["-c", launcherScript(request), "m1p", ...program],
    env: { ...variables, [mark.name]: mark.value },
    cwd: request.workspace.root,
    sampleMs: SAMPLE_MS,
    measure: (status) => useOf(processes(status)),
    sweep: (status) => killAll(processes(status)),
  };
}

/**
 * A watcher in the program's process group kills the whole group when the lifeline ends, that is when we
 * are gone, however we went. Then the limits that this shell can set, and the program in the shell's place.
 */
function launcherScript(request: SandboxRequest): string {
  const { limits } = request;
  const cpuSeconds = Math.ceil(limits.wallMs / 1000) * availableParallelism() + 1;
  return `
    (while read -r word; do :; done <&4; kill -KILL 0) >/dev/null 2>&1 3>&- &
    echo "$$" >&3
    exec 3>&- 4<&- 2>&1
    ulimit -c 0; ulimit -t ${cpuSeconds}; ulimit -f ${Math.ceil(limits.fileBytes / BLOCK_BYTES)}
    exec "$@"`;
}

/** A launcher that is a shell tells its process id as its status. */
export function launcherPid(status: string): number | undefined {
  const pid = Number.parseInt(status, 10);
  return Number.isNaN(pid) ? undefined : pid;
}
