import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { describeError, UsageError } from "../../base/errors.ts";
import { newTemporaryName } from "../../base/ids.ts";
import { realClock } from "../../base/clock.ts";
import type { RunLog } from "../../log/run-log.ts";
import { openRun } from "../../run/kept-runs/find-run.ts";
import { oneLine } from "../words/printable.ts";
import type { Terminal } from "../terminal.ts";

/**
 * Writes a run's answer into a file: the bytes of the file that it is, else its text. Throws `UsageError` (`no-answer`,
 * `out`); what stood there stays then.
 */
export async function writeAnswer(dataDir: string, run: string, file: string, terminal: Terminal): Promise<void> {
  const log = openRun(dataDir, run, realClock);
  try {
    const decided = decisionIn(log);
    if (!decided || decided.answer === null) {
      const why = decided ? `ended without an answer (${decided.outcome})` : "has no answer yet";
      throw new UsageError("no-answer", `The run ${log.runId} ${why}: there is nothing to write to ${file}.`);
    }
    const { file: made, answer } = decided;
    await replace(file, (handle) => (made ? log.blobs.copyTo(made.blob, handle.fd) : handle.writeFile(`${answer}\n`)));
    terminal.stderr.write(`The answer is written to ${oneLine(file)}.\n`);
  } finally {
    await log.close();
  }
}

function decisionIn(log: RunLog) {
  for (const event of log.read()) if (event.type === "race-decided") return event;
  return undefined;
}

/** All of it or nothing. */
async function replace(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${file}.${newTemporaryName()}`;
  try {
    const handle = await open(temporary, "wx");
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new UsageError("out", `The answer cannot be written to ${file}: ${describeError(error)}.`, {
      cause: error,
      hint: "It stays with the run: m1p show RUN --out PATH writes it elsewhere.",
    });
  }
}
