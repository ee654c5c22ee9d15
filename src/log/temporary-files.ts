import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isTemporaryName } from "../base/ids.ts";
import { diskError, isMissingFile } from "./disk-error.ts";

/**
 * Removes the files of a folder that were to get another name once they were whole. Only for whoever works
 * there alone: another's would be removed under its hands. Throws `log-disk`.
 */
export function removeTemporaryFiles(folder: string): void {
  try {
    for (const name of readdirSync(folder)) if (isTemporaryName(name)) rmSync(join(folder, name), { force: true });
  } catch (error) {
    if (!isMissingFile(error)) throw diskError(`${folder} cannot be tidied up`, error);
  }
}
