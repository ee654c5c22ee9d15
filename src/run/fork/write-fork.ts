import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { blobsDirectory } from "../../base/directories.ts";
import { newTemporaryName } from "../../base/ids.ts";
import { RUN_SCOPE, type EventOf, type RunEvent } from "../../events/run-event.ts";
import { syncNames } from "../../log/durable-directory.ts";
import type { RunLog, ScopeWriter } from "../../log/run-log.ts";
import { shareBlobs } from "../../log/share-blobs.ts";
import type { ContinueOptions, ForkOptions } from "../race-options.ts";
import type { RunSite } from "../opening/race-plan.ts";
import type { CopiedEvent, CopiedEvents } from "./copied-events.ts";
import type { Cut } from "./cut.ts";
import type { OriginRun } from "./origin-run.ts";

/** A run that is to begin with another's events. */
export interface NewRun {
  readonly kind: "fork" | "continuation";
  readonly cut: Cut;
  readonly copied: CopiedEvents;
  /** What the teams are told when they go on. */
  readonly messages: readonly string[];
  /** What is asked, where nothing has been done on the task yet. */
  readonly prompt: string | undefined;
  readonly options: Pick<ForkOptions | ContinueOptions, "model" | "policy" | "aggregate" | "budget" | "deadlineMs">;
  readonly start: EventOf<"run-started">;
}

/** So many events at the most share an append. */
const BATCH = 64;

/**
 * Writes the log of a new run with all that it begins with, and gives it the other run's blobs. Others see the run
 * only when it is whole: cut off, it leaves a folder that is none of a run's.
 */
export async function writeFork(
  { store, directory, runId, clock }: RunSite,
  origin: OriginRun,
  run: NewRun,
): Promise<void> {
  const temporary = path.join(path.dirname(directory), newTemporaryName());
  try {
    const log = store.create({ runId, directory: temporary, clock });
    try {
      await shareBlobs(blobsDirectory(origin.directory), blobsDirectory(temporary));
      await append(log, beginning(run));
    } finally {
      await log.close();
    }
    await rename(temporary, directory);
    syncNames(path.dirname(directory));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

function* beginning(run: NewRun): Generator<CopiedEvent, void, void> {
  const copied = run.copied.count() + 1;
  const { start, cut, messages } = run;
  if (start.origin) yield { scope: RUN_SCOPE, event: { ...start, origin: { ...start.origin, copied } } };
  yield* run.copied;
  for (const text of messages) yield* told(cut, text);
}

/** Where the team waits for what becomes of its answer it hears the words there, else at its next turn. */
function* told(cut: Cut, text: string): Generator<CopiedEvent, void, void> {
  for (const team of cut.teams) {
    const key = cut.continued.get(team);
    const event: RunEvent =
      key === undefined
        ? { type: "input-sent", team, input: { kind: "message", text } }
        : { type: "proposal-answered", key, reply: { kind: "continued", text } };
    yield { scope: key === undefined ? RUN_SCOPE : team, event };
  }
}

/** Appends in order; events of one scope that stand together share an append. */
async function append(log: RunLog, events: Iterable<CopiedEvent>): Promise<void> {
  const writers = new Map<string, ScopeWriter>();
  let batch: RunEvent[] = [];
  let scope = RUN_SCOPE;
  const flush = async () => {
    const writer = writers.get(scope) ?? (await log.acquire(scope));
    writers.set(scope, writer);
    if (batch.length > 0) await writer.append(batch);
    batch = [];
  };
  for (const next of events) {
    if (next.scope !== scope || batch.length >= BATCH) await flush();
    scope = next.scope;
    batch.push(next.event);
  }
  await flush();
}
