import { processPaceBoard } from "../../model/pacing/memory-pace-board.ts";
import { Pacer } from "../../model/pacing/pacer.ts";
import { SqlitePaceBoard } from "../../model/pacing/sqlite-pace-board.ts";
import { dataDirOf, type RunSite } from "./race-plan.ts";

/**
 * The pacer of a run: what is known of limits is shared by all runs of its data directory, or of its process where
 * nothing is kept.
 */
export function openPacer(site: RunSite): Pacer {
  const { clock, store, resources, pacing } = site;
  const board = store.volatile ? processPaceBoard(clock) : new SqlitePaceBoard(dataDirOf(site));
  return resources.use(new Pacer({ board, clock, limits: pacing }));
}
