import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { findProgram } from "./find-program.ts";

/**
 * The folder of the npm that a person would run, for a sandbox that shows it; undefined where there is none,
 * or it is among the system's own programs, which a sandbox shows anyway.
 */
export function findNpm(environment: NodeJS.ProcessEnv): string | undefined {
  const program = findProgram("npm", environment);
  // A link to `bin/npm-cli.js` in its own package, except where it is a version manager's own program.
  const linked = program === undefined ? "" : realpathSync(program);
  const besideNode = path.join(path.dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js");
  const found = [linked, besideNode].find((file) => path.basename(file) === "npm-cli.js" && existsSync(file));
  if (found === undefined || found.startsWith("/usr/")) return undefined;
  return path.dirname(path.dirname(found));
}
