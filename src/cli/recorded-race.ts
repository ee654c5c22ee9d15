import { readFileSync } from "node:fs";
import { runEventSchema, type LoggedEvent } from "../events/run-event.ts";
import { Upcaster } from "../events/upcast/upcaster.ts";
import { UsageError } from "../base/errors.ts";

/** A real race on the question of `npm start`. */
const RECORDED_RACE = new URL("./recorded-race.jsonl", import.meta.url);

/**
 * Reads the events of a race from a file of one event a line, as `m1p show RUN --json` writes it; of the
 * recorded race that comes with us, if none is named. One of an older version gives today's events.
 * Throws `UsageError` (`recording-broken`), `log-newer`.
 */
export function readRecordedRace(file: string | URL = RECORDED_RACE): LoggedEvent[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const upcaster = new Upcaster(`The recording ${String(file)}`);
  return lines.map((line, index) => {
    const value = upcaster.upcast(JSON.parse(line));
    if (isLogged(value)) return value;
    throw new UsageError("recording-broken", `Line ${index + 1} of ${String(file)} is no event of a run.`);
  });
}

function isLogged(value: unknown): value is LoggedEvent {
  if (typeof value !== "object" || value === null) return false;
  if (!("seq" in value && "time" in value && "scope" in value)) return false;
  return runEventSchema.safeParse(value).success;
}
