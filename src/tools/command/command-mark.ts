import { realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { type Clock, sleep } from "../../base/clock.ts";
import { temporaryDirectory } from "../../base/directories.ts";
import { killAll, type ProcessMark, processesMarked } from "../sandbox/host-processes.ts";

const NAME = "M1P_COMMAND";
const TRIES = 100;
const TRY_MS = 5;

/** In the environment of all that comes of a team's command, so that it is found wherever it went. */
export function commandMark(runDirectory: string, team: string): ProcessMark {
  // The last character keeps team-1 from being the beginning of team-10.
  return { name: NAME, value: `${beginningOfMark(runDirectory)}${team};` };
}

/** Where a team's command has its temporary files. */
export function commandTemporary(runDirectory: string, team: string): string {
  return path.join(temporaryDirectory(realDirectory(runDirectory)), team);
}

/**
 * Kills what is left alive of the commands of a run whose process is gone, and takes away their temporary
 * files. For the start of a resume and the removal of a run: nobody else may be working on the run. Mostly
 * nothing is left, since commands die with us; processes are found on Linux only.
 */
export async function killLeftovers(runDirectory: string, clock: Clock): Promise<void> {
  const mark = { name: NAME, value: beginningOfMark(runDirectory) };
  for (let tries = TRIES; tries > 0; tries -= 1) {
    const left = processesMarked(mark);
    if (left.length === 0) break;
    killAll(left);
    await sleep(clock, TRY_MS);
  }
  await rm(temporaryDirectory(realDirectory(runDirectory)), { recursive: true, force: true, maxRetries: 3 });
}

/** The folder and not the run's id: a copied run is another run. */
function beginningOfMark(runDirectory: string): string {
  return `${realDirectory(runDirectory)}:`;
}

function realDirectory(runDirectory: string): string {
  try {
    return realpathSync(runDirectory);
  } catch {
    return path.resolve(runDirectory);
  }
}
