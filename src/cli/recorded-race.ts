import { readFileSync } from "node:fs";
import { runEventSchema, type LoggedEvent } from "../events/run-event.ts";
import { UsageError } from "../base/errors.ts";

/** A real race on the question of `npm start`. */
const RECORDED_RACE = new URL("./recorded-race.jsonl", import.meta.url);

/**
 * Reads the events of a race from a file of one event a line, as `m1p show RUN --json` writes it; of the
 * recorded race that comes with us, if none is named. Throws `UsageError` (`recording-broken`).
 */
export function readRecordedRace(file: string | URL = RECORDED_RACE): LoggedEvent[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line, index) => {
    const value: unknown = JSON.parse(line);
    if (isLogged(value)) return value;
    throw new UsageError("recording-broken", `Line ${index + 1} of ${String(file)} is no event of a run.`);
  });
}

function isLogged(value: unknown): value is LoggedEvent {
  if (typeof value !== "object" || value === null) return false;
  if (!("seq" in value && "time" in value && "scope" in value)) return false;
  return runEventSchema.safeParse(value).success;
}
