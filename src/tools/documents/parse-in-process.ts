import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { parsedDocumentSchema, type DocumentFormat, type ParsedDocument } from "./document.ts";
import { DocumentProblem } from "./document-problem.ts";
import { PARSE_LIMITS } from "./parse-limits.ts";

export interface ParseRequest {
  readonly format: DocumentFormat;
  /** The file's name. */
  readonly name: string;
  /** A member of an archive. */
  readonly part?: string;
  /** The open file; the process has it as its own. */
  readonly descriptor: number;
}

export interface ParseOptions {
  readonly clock: Clock;
  /** Aborted: the process is killed at once and the call rejects with the reason. */
  readonly signal: AbortSignal;
  /** Default: those of `PARSE_LIMITS`. */
  readonly milliseconds?: number;
}

/** A parsed file, and the hash of the bytes that were parsed; an empty one where there were too many. */
export interface ParseAnswer {
  readonly document: ParsedDocument;
  readonly hash: string;
}

const answerSchema = z.union([
  z.object({ document: parsedDocumentSchema, hash: z.string() }),
  z.object({ problem: z.object({ code: z.string(), message: z.string() }) }),
]);

/** More than any answer has: a process that sends more has gone mad. */
const MOST_ANSWER_BYTES = 64 * 1024 ** 2;

/**
 * Parses a file in a process of its own, which has none of our environment, may not write, start programs or load
 * native code, and is killed when it takes too long, too much memory, or nobody wants its answer. Throws
 * `DocumentProblem` for whatever becomes of it.
 */
export async function parseInProcess(request: ParseRequest, options: ParseOptions): Promise<ParseAnswer> {
  const { signal, clock, milliseconds = PARSE_LIMITS.milliseconds } = options;
  signal.throwIfAborted();
  const child = start(request.descriptor);
  const kill = () => void child.kill("SIGKILL");
  let late = false;
  const stopTimer = clock.timer(milliseconds, () => {
    late = true;
    kill();
  });
  signal.addEventListener("abort", kill, { once: true });
  try {
    const { descriptor: _, ...asked } = request;
    child.stdin?.on("error", () => {});
    child.stdin?.write(`${JSON.stringify(asked)}\n`);
    const text = await outputOf(child, kill);
    signal.throwIfAborted();
    if (late) throw new DocumentProblem("document-too-costly", `takes longer to parse than ${milliseconds / 1000} s`);
    return answerOf(text);
  } finally {
    stopTimer();
    signal.removeEventListener("abort", kill);
    kill();
  }
}

function start(descriptor: number): ChildProcess {
  const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const script = fileURLToPath(new URL(`./parse-process.${suffix}`, import.meta.url));
  const rights = ["--permission", "--allow-fs-read=*", "--allow-worker"];
  return spawn(process.execPath, ["--no-warnings", ...rights, script], {
    env: {},
    cwd: "/",
    stdio: ["pipe", "pipe", "ignore", descriptor],
  });
}

function outputOf(child: ChildProcess, kill: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout?.on("data", (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > MOST_ANSWER_BYTES) kill();
      else chunks.push(chunk);
    });
    child.once("error", (cause) => {
      reject(new DocumentProblem("document-unsupported", `can't be parsed: no process could be started`, { cause }));
    });
    child.once("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}

function answerOf(text: string): ParseAnswer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    // It died without a word: V8 ends a process that has no memory left.
    throw new DocumentProblem("document-too-costly", "needs more memory than parsing it may take", { cause });
  }
  const answer = answerSchema.safeParse(json);
  if (!answer.success) throw new DocumentProblem("document-damaged", "can't be parsed", { cause: answer.error });
  if ("problem" in answer.data) throw new DocumentProblem(answer.data.problem.code, answer.data.problem.message);
  return answer.data;
}
