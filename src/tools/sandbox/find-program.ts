import { accessSync, constants } from "node:fs";
import path from "node:path";

const USUAL_PATH = "/usr/bin:/usr/local/bin:/bin";

/** A program by its name in the folders of PATH, or in the usual ones where there is no PATH. Starts nothing. */
export function findProgram(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const folders = searchPath(environment)
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

/** Where programs are looked for. */
export function searchPath(environment: NodeJS.ProcessEnv): string {
  return environment["PATH"] || USUAL_PATH;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
