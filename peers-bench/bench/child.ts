import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface ChildOptions {
  readonly signal: AbortSignal;
  /** A peer that takes longer has not finished: that is a result as well. */
  readonly limitMs?: number;
  readonly environment?: NodeJS.ProcessEnv;
}

/** What a measuring program told; or why it has nothing to tell. */
export type Told<Result> = { readonly result: Result } | { readonly failure: string };

const LIMIT_MS = 180_000;

/** Runs a program of `measure/` in a process of its own, with a collection of garbage that it may ask for. */
export function measure<Result>(
  program: string,
  given: readonly (string | number)[],
  options: ChildOptions,
): Promise<Told<Result>> {
  const path = fileURLToPath(new URL(`../measure/${program}.ts`, import.meta.url));
  return tellOf(process.execPath, ["--expose-gc", "--no-warnings", path, ...given.map(String)], options);
}

/** Runs a program that prints one line of JSON last. */
export function tellOf<Result>(
  command: string,
  given: readonly string[],
  { signal, limitMs = LIMIT_MS, environment = {} }: ChildOptions,
): Promise<Told<Result>> {
  const child = spawn(command, given, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
    detached: true,
  });
  const [output, errors] = [collect(child.stdout), collect(child.stderr)];
  let overdue = false;
  const end = (): void => {
    // Its process group: a peer's tools must not be measured against the next one's.
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const timer = setTimeout(() => {
    overdue = true;
    end();
  }, limitMs);
  signal.addEventListener("abort", end, { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killed) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      end();
      const last = output.text().trim().split("\n").at(-1) ?? "";
      if (overdue) resolve({ failure: `not finished in ${limitMs / 1000} s` });
      else if (code === 0 && last.startsWith("{")) resolve({ result: JSON.parse(last) as Result });
      else resolve({ failure: `ended by ${killed ?? `exit ${code}`}: ${errors.text().trim().slice(-300)}` });
    });
  });
}

export function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

function collect(stream: NodeJS.ReadableStream): { text(): string } {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => (text += piece));
  return { text: () => text };
}
