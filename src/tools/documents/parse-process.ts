// The process that parses one file, which is open as descriptor 3. What is asked comes on standard input as a line of
// JSON; standard input stays open as long as the answer is wanted. The answer is JSON on standard output.
import { fstatSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { realClock } from "../../base/clock.ts";
import type { ParserInput } from "./document.ts";
import { PARSE_LIMITS } from "./parse-limits.ts";

const FILE = 3;
const LOOK_MS = 25;

const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => parse(JSON.parse(line) as Pick<ParserInput, "format" | "name" | "part">));
// Whoever asked is gone, or wants no answer any more.
lines.once("close", () => end());

function parse(asked: Pick<ParserInput, "format" | "name" | "part">): void {
  const input: ParserInput = { ...asked, descriptor: FILE, bytes: fstatSync(FILE).size };
  const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./parse-worker.${suffix}`, import.meta.url), {
    workerData: input,
    resourceLimits: { maxOldGenerationSizeMb: PARSE_LIMITS.heapMegabytes, stackSizeMb: 4 },
    stdout: true,
    stderr: true,
  });
  worker.once("message", (answer) => finish(answer));
  worker.once("error", (error: Error) => {
    const isMemory = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
    finish({ problem: isMemory ? tooMuchMemory : damaged });
  });
  worker.once("exit", () => finish({ problem: damaged }));
  watchMemory();
}

const damaged = { code: "document-damaged", message: "can't be parsed" };
const tooMuchMemory = {
  code: "document-too-costly",
  message: `needs more than the ${PARSE_LIMITS.residentMegabytes} MB of memory that parsing it may take`,
};

/** The heap's limit does not hold buffers. */
function watchMemory(): void {
  if (process.memoryUsage.rss() > PARSE_LIMITS.residentMegabytes * 1024 ** 2) finish({ problem: tooMuchMemory });
  else realClock.timer(LOOK_MS, watchMemory);
}

function finish(answer: unknown): void {
  const bytes = Buffer.from(JSON.stringify(answer));
  for (let written = 0; written < bytes.length;) written += writePart(bytes, written);
  end();
}

/** The pipe may be full for a moment. */
function writePart(bytes: Buffer, from: number): number {
  try {
    return writeSync(1, bytes, from);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return 0;
    return bytes.length;
  }
}

/** The thread that parses may be in the middle of anything: nothing but this ends it for sure. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}
