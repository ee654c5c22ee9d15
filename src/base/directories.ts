import { createHash } from "node:crypto";
import path from "node:path";
import envPaths from "env-paths";

const standard = envPaths("m1-parallel", { suffix: "" });

/**
 * Where things are kept that can be had again (the Python environment, models' weights), shared by all
 * checkouts and runs: `M1P_CACHE_DIR`, else the system's place for a program's cache.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  return environment["M1P_CACHE_DIR"] ? path.resolve(environment["M1P_CACHE_DIR"]) : standard.cache;
}

/** Where runs are kept: `M1P_DATA_DIR`, else the system's place for a program's data. */
export function dataDirectory(environment: NodeJS.ProcessEnv): string {
  return environment["M1P_DATA_DIR"] ? path.resolve(environment["M1P_DATA_DIR"]) : standard.data;
}

/** The folder of a data directory with a folder for each run. */
export function runsDirectory(dataDir: string): string {
  return path.join(dataDir, "runs");
}

/** The folder of one run: its log, blobs and workspaces. */
export function runDirectory(dataDir: string, runId: string): string {
  return path.join(runsDirectory(dataDir), runId);
}

/** The folder of a run's blobs, in the run's own. */
export function blobsDirectory(directory: string): string {
  return path.join(directory, "blobs");
}

/**
 * Where a run's programs keep temporary files: in the data directory, under a short name, since the path of
 * a socket has about a hundred bytes at most and a run's own folder uses most of them up.
 */
export function temporaryDirectory(runDirectory: string): string {
  const name = createHash("sha256").update(path.basename(runDirectory)).digest("hex").slice(0, 10);
  return path.join(path.dirname(path.dirname(runDirectory)), "tmp", name);
}
