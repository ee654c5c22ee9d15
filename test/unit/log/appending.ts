import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { RUN, type RunFolder } from "./run-folder.ts";

const APPENDER = fileURLToPath(import.meta.resolve("./appender.ts"));

/** A child process that appends; `lines` are what its appends came to. */
export class Appender {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly lines: string[] = [];
  readonly ended: Promise<unknown>;
  #heard = Promise.withResolvers<void>();

  constructor(t: TestContext, folder: RunFolder, scope: string, count: string, before = ":") {
    const command = [process.execPath, APPENDER, folder.directory, RUN, scope, count];
    this.process = spawn("sh", ["-c", `${before}; exec "$@"`, "sh", ...command], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    t.after(() => this.process.kill("SIGKILL"));
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      this.lines.push(line);
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    });
    this.ended = once(this.process, "close");
  }

  /** Waits until its lines are as wanted. */
  async line(wanted: (lines: readonly string[]) => boolean): Promise<void> {
    while (!wanted(this.lines)) await this.#heard.promise;
  }
}
