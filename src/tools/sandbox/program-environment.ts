import type { SandboxRequest } from "./sandbox.ts";

/** Share of the memory limit that Node's heap may take: the rest is for buffers, code and other processes. */
const HEAP_SHARE = 0.75;

/**
 * The whole environment of a sandboxed program: none of ours is passed on, so no secret can be in it.
 * One thread for numeric libraries: teams share the machine's cores, and threads that fight are slower.
 */
export function programEnvironment(options: {
  readonly path: string;
  /** A folder of the program's own that is gone after it: also its home, so that nobody's settings are read. */
  readonly temporary: string;
  readonly request: SandboxRequest;
  /** The workspace's path as the program sees it. */
  readonly workspace: string;
}): Record<string, string> {
  const { request, temporary } = options;
  const heapMegabytes = Math.floor((request.limits.memoryBytes * HEAP_SHARE) / 1024 ** 2);
  return {
    PATH: options.path,
    HOME: temporary,
    TMPDIR: temporary,
    USER: "m1p",
    LOGNAME: "m1p",
    LANG: "C.UTF-8",
    TERM: "dumb",
    PYTHONUNBUFFERED: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONIOENCODING: "utf-8",
    // So that code can import what the team saved beside it.
    PYTHONPATH: options.workspace,
    NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}`,
    NO_COLOR: "1",
    MPLBACKEND: "Agg",
    OPENBLAS_NUM_THREADS: "1",
    OMP_NUM_THREADS: "1",
    MKL_NUM_THREADS: "1",
  };
}
