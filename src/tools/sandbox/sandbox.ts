import type { SandboxUser } from "./sandbox-user.ts";

/** What a program may use. All of them bind at once; the first that is hit ends the program or the call in it. */
export interface SandboxLimits {
  /** Memory of all its processes together. Files in its own /tmp may take half as much again. */
  readonly memoryBytes: number;
  /** Processes and threads at one time. */
  readonly processes: number;
  /** Output that is kept; more is counted and left out of the middle. A flood far above it ends the program. */
  readonly outputBytes: number;
  /** The largest file it may write. */
  readonly fileBytes: number;
  /** Milliseconds from the start. */
  readonly wallMs: number;
}

export const DEFAULT_LIMITS: SandboxLimits = {
  memoryBytes: 2 * 1024 ** 3,
  processes: 128,
  outputBytes: 32 * 1024,
  fileBytes: 1024 ** 3,
  wallMs: 120_000,
};

/** The team's folder: the only place of the machine that a program may change. */
export interface SandboxFolder {
  readonly root: string;
  /** Whom it belongs to where that is another than we; the program runs as that user. */
  readonly owner?: SandboxUser | undefined;
}

export interface SandboxRequest {
  /** The program, by name or path, and its arguments. `python`, `node`, `sh` are those of the sandbox. */
  readonly argv: readonly [string, ...string[]];
  /** A file that only this program sees, outside the workspace; its path becomes the last argument. */
  readonly script?: { readonly name: string; readonly text: string };
  readonly workspace: SandboxFolder;
  /** Without it the program reads an empty input. */
  readonly stdin?: string;
  readonly limits: SandboxLimits;
  readonly signal: AbortSignal;
  /** Gets output as it comes, as text without control sequences, up to `outputBytes`. */
  readonly onOutput?: (text: string) => void;
}

/** Why a program was ended from outside; undefined: it ended by itself. */
export type EndedBy = "time" | "memory" | "processes" | "output";

export interface SandboxResult {
  /** Null where it was ended from outside. A program killed by signal n inside the sandbox has 128 + n. */
  readonly exitCode: number | null;
  /** Standard output and error in the order they came, without control sequences; says what was left out. */
  readonly output: string;
  readonly outputCut: boolean;
  readonly timedOut: boolean;
  readonly endedBy: EndedBy | undefined;
}

export type SandboxKind = "bubblewrap" | "macos" | "unsafe-host-exec";

/** Runs programs that nobody has vouched for (promise G4). Port; held to one contract suite. */
export interface Sandbox {
  readonly kind: SandboxKind;
  /**
   * Runs one program to its end. When it resolves or rejects, nothing of the program is alive, children
   * in sessions of their own included. On abort everything is killed, then it rejects with the signal's
   * reason. Throws `M1Error` (`sandbox-failed`) where the program could not be started at all.
   */
  run(request: SandboxRequest): Promise<SandboxResult>;
}

/** What programs find in a sandbox beside the system's own. */
export interface SandboxToolchain {
  /** The Python environment to run as `python`; without it, the system's own, if it has one. */
  readonly python?: { readonly directory: string; readonly basePrefix: string } | undefined;
  /** The file to run as `node`. */
  readonly node: string;
  /** The folder of the npm to run as `npm` and `npx`, where it is not among the system's own programs. */
  readonly npm?: string | undefined;
}
