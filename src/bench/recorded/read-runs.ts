import { readFile } from "node:fs/promises";
import { toError, UsageError } from "../../base/errors.ts";
import { jsonLines } from "../json-lines.ts";
import { recordedRunSchema, type RecordedRun } from "./recorded-run.ts";

/**
 * The recorded runs in files, one a line, in the order of the files. Throws `UsageError` (`bench-data`) for a file that
 * cannot be read, has no runs, or has a line that is none.
 */
export async function readRecordedRuns(files: readonly string[]): Promise<readonly RecordedRun[]> {
  const read: RecordedRun[] = [];
  for (const file of files) {
    const text = await readFile(file, "utf8").catch((cause: unknown) => {
      throw new UsageError("bench-data", `${file} cannot be read: ${toError(cause).message}`, { cause });
    });
    const runs = jsonLines(text, recordedRunSchema, file);
    if (runs.length === 0) throw new UsageError("bench-data", `${file} has no recorded runs in it.`);
    for (const run of runs) read.push(run);
  }
  return read;
}
