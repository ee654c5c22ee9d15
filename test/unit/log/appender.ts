/**
 * A process of its own that appends to a run: `node appender.ts DIRECTORY RUN SCOPE COUNT`. It prints the
 * number of each event as soon as its append has resolved, or the code of the error as soon as it was
 * refused; then it waits for a line on its standard input and appends once more.
 */
import { once } from "node:events";
import { M1Error } from "../../../src/base/errors.ts";
import { realClock } from "../../../src/base/clock.ts";
import { SqliteLog } from "../../../src/log/sqlite-log.ts";
import { spoke } from "../../contract/run-log-events.ts";

const [directory = "", runId = "", scope = "", count = ""] = process.argv.slice(2);
const log = SqliteLog.open({ directory, runId, clock: realClock });
const writer = await log.acquire(scope);
const CONCURRENT = 4;
const untilRefused = count === "until-refused";
const last = untilRefused ? Number.POSITIVE_INFINITY : Number(count);

let next = 0;
await Promise.all(Array.from({ length: CONCURRENT }, appendAll));
if (untilRefused) {
  await once(process.stdin, "data");
  await append();
}
await log.close();
process.exit();

async function appendAll(): Promise<void> {
  while (next < last) if (!(await append())) return;
}

async function append(): Promise<boolean> {
  next += 1;
  try {
    const [event] = await writer.append([spoke(`${scope} ${String(next)} `.padEnd(next % 3 ? 40 : 1000, "."))]);
    process.stdout.write(`${String(event?.seq)}\n`);
    return true;
  } catch (error) {
    process.stdout.write(`${error instanceof M1Error ? error.code : String(error)}\n`);
    return false;
  }
}
