import { v4, v7 } from "uuid";

/** A run's id: UUIDv7, so that ids sort by the time of their making. */
export function newRunId(now: number): string {
  return v7({ msecs: now });
}

/** A file name that nobody else uses, for a file that gets its real name when it is complete. */
export function newTemporaryName(): string {
  return `.${v4()}.tmp`;
}
