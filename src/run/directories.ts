import path from "node:path";
import envPaths from "env-paths";

const standard = envPaths("m1-parallel", { suffix: "" });

/** Where runs are kept: `M1P_DATA_DIR`, else the system's place for a program's data. */
export function dataDirectory(environment: NodeJS.ProcessEnv): string {
  return environment["M1P_DATA_DIR"] ? path.resolve(environment["M1P_DATA_DIR"]) : standard.data;
}

/** The folder of one run: its log, blobs and workspaces. */
export function runDirectory(dataDir: string, runId: string): string {
  return path.join(dataDir, "runs", runId);
}
