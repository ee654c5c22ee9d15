import { v7 } from "uuid";

/** A run's id: UUIDv7, so that ids sort by the time of their making. */
export function newRunId(now: number): string {
  return v7({ msecs: now });
}
