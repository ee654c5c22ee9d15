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
