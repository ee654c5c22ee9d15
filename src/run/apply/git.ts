import { spawn } from "node:child_process";
import { finished } from "node:stream/promises";
import { M1Error, UsageError } from "../../base/errors.ts";
import { findProgram, searchPath } from "../../tools/sandbox/find-program.ts";

/** The first version whose `merge-tree` merges without a work tree. */
const OLDEST = [2, 38] as const;

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitCall {
  /** Where it runs: an absolute path. */
  readonly directory: string;
  readonly input?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Takes standard output as it comes; `stdout` is then empty. */
  readonly onOutput?: (piece: Buffer) => void;
}

/**
 * The machine's git, as a program that merges. Nothing of the caller's `GIT_…` variables reaches it, and it never
 * asks anybody anything.
 */
export class Git {
  readonly #program: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(program: string, environment: NodeJS.ProcessEnv) {
    this.#program = program;
    this.#environment = environment;
  }

  /** Throws `UsageError` (`git-missing`, `git-old`). */
  static async find(environment: NodeJS.ProcessEnv): Promise<Git> {
    const program = findProgram("git", environment);
    const hint = `Install git ${OLDEST.join(".")} or newer.`;
    if (program === undefined) throw new UsageError("git-missing", "m1p apply needs git, and there is none.", { hint });
    const git = new Git(program, personsEnvironment(environment));
    const { stdout } = await git.isolated().run(["--version"], { directory: "/" });
    const said = stdout.toString().trim();
    const [major = 0, minor = 0] = (/\d+\.\d+/.exec(said)?.[0] ?? "").split(".").map(Number);
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return git;
    throw new UsageError("git-old", `m1p apply needs git ${OLDEST.join(".")} or newer, and this is ${said}.`, { hint });
  }

  /** The same git without any configuration, system's or person's: for repositories of ours. */
  isolated(): Git {
    return new Git(this.#program, {
      PATH: searchPath(this.#environment),
      HOME: "/nonexistent",
      LC_ALL: "C",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_SYSTEM: "/dev/null",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_ATTR_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
    });
  }

  /** Runs it to its end. Throws `git-failed` only where it cannot be started. */
  async run(args: readonly string[], { directory, input = [], onOutput }: GitCall): Promise<GitResult> {
    const child = spawn(this.#program, args, { cwd: directory, env: this.#environment, stdio: "pipe" });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", onOutput ?? ((piece: Buffer) => void stdout.push(piece)));
    child.stderr.on("data", (piece: Buffer) => void stderr.push(piece));
    const ended = new Promise<number>((resolve, reject) => {
      child.once("error", (error) => {
        reject(new M1Error("git-failed", `git cannot be started in ${directory}.`, { cause: error }));
      });
      child.once("close", (code) => resolve(code ?? 1));
    });
    // Awaited below; until then a failed start must not count as a rejection that nobody handles.
    ended.catch(() => {});
    await feed(child.stdin, input);
    const code = await ended;
    return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString().trim() };
  }

  /** As `run`, for what must succeed. Throws `git-failed` with git's own words. */
  async must(args: readonly string[], call: GitCall): Promise<Buffer> {
    const { code, stdout, stderr } = await this.run(args, call);
    if (code === 0) return stdout;
    const what = args.find((arg) => /^[a-z-]+$/.test(arg) && !arg.startsWith("-")) ?? "";
    throw new M1Error("git-failed", `git ${what} failed: ${stderr || `exit code ${code}`}.`, {
      hint: "What was to be applied is still in the run; nothing of it is lost.",
    });
  }
}

async function feed(stdin: NodeJS.WritableStream, input: GitCall["input"]): Promise<void> {
  let broken = false;
  // It may end before it has read all: its exit code tells why.
  stdin.on("error", () => {
    broken = true;
  });
  for await (const piece of input ?? []) {
    if (broken) break;
    if (!stdin.write(Buffer.from(piece))) await drained(stdin);
  }
  stdin.end();
  await finished(stdin).catch(() => {});
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["drain", "error", "close"]) stream.removeListener(event, done);
      resolve();
    };
    for (const event of ["drain", "error", "close"]) stream.once(event, done);
  });
}

/** What the person's own git goes by, but for what points it elsewhere. */
function personsEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith("GIT_"));
  return { ...Object.fromEntries(kept), LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" };
}
