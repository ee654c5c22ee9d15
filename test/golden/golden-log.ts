import { hash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { runDirectory, runsDirectory } from "../../src/base/directories.ts";

/** Longer texts are blobs in the log; in the golden events their hashes stand for them. */
const HUGE = 256 * 1024;

/** A log of some released version, as it is kept in this folder. */
export interface GoldenLog {
  readonly version: number;
  readonly runId: string;
  /** `v1`, and so on: a data directory whose large files are packed, and the events beside it. */
  readonly folder: string;
}

export function goldenLogs(): GoldenLog[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => /^v\d+$/.test(name))
    .flatMap((name) => {
      const folder = join(import.meta.dirname, name);
      return readdirSync(runsDirectory(folder)).map((runId) => ({ version: Number(name.slice(1)), runId, folder }));
    });
}

/** The events of the log as its own version read them, huge texts replaced. */
export function goldenEvents({ folder, runId }: GoldenLog): unknown[] {
  const lines = readFileSync(join(folder, "events", `${runId}.jsonl`), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** The hash over the whole log, as its own version left it. */
export function goldenHead({ folder, runId }: GoldenLog): string {
  return readFileSync(join(folder, "events", `${runId}.head`), "utf8").trim();
}

/** Whether the log was closed; else its events are in a side file. */
export function isClosedLog({ folder, runId }: GoldenLog): boolean {
  return !existsSync(join(runDirectory(folder, runId), "log.db-wal.gz"));
}

/** Puts the run's files, unpacked, where they are in a data directory; gives the run's directory. */
export function unpackGolden({ folder, runId }: GoldenLog, dataDirectory: string): string {
  const from = runDirectory(folder, runId);
  const to = runDirectory(dataDirectory, runId);
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const place = join(to, relative(from, path));
    mkdirSync(dirname(place), { recursive: true });
    const bytes = readFileSync(path);
    if (place.endsWith(".gz")) writeFileSync(place.slice(0, -".gz".length), gunzipSync(bytes));
    else writeFileSync(place, bytes);
  }
  return to;
}

/** A copy of JSON data in which a huge text is replaced by its length and hash. */
export function withoutHugeTexts(value: unknown): unknown {
  if (typeof value === "string")
    return value.length > HUGE ? `${value.length} characters, SHA-256 ${hash("sha256", value)}` : value;
  if (Array.isArray(value)) return value.map(withoutHugeTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutHugeTexts(part)]));
}
