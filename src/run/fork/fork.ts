import { UsageError } from "../../base/errors.ts";
import { realClock } from "../../base/clock.ts";
import { newRunId } from "../../base/ids.ts";
import type { ContinueOptions, ForkOptions, ReopenOptions } from "../race-options.ts";
import { dataDirOf, siteOf } from "../opening/race-plan.ts";
import { raceOf, type Race } from "../race.ts";
import { findRun } from "../kept-runs/find-run.ts";
import { prepareResume } from "../resume.ts";
import { CopiedEvents } from "./copied-events.ts";
import { continuationOf, cutAt } from "./cut.ts";
import { forkedStart } from "./forked-start.ts";
import { readOrigin, type OriginRun } from "./origin-run.ts";
import { writeFork, type NewRun } from "./write-fork.ts";

/**
 * Starts a new run from a place in another: its teams go on from what they had done there, and nothing of that is
 * done or paid again; effects that were performed stay performed. Model, budget, policy, task may be others from
 * there on. The other run is not changed, and may be going on. The race's `result` rejects with `UsageError`:
 * `run-unknown`, `fork-place`, `fork-changes`, and what `resume` throws.
 */
export function fork(options: ForkOptions): Race {
  return fromOrigin(options, (origin) => {
    const cut = cutAt(origin.read(), options);
    const copied = new CopiedEvents(cut, () => origin.read());
    const { task, instruction } = options;
    const replaced = task !== undefined && !copied.haveActed ? task : undefined;
    const told = [task !== undefined && replaced === undefined ? changedTask(task) : "", instruction ?? ""];
    const messages = told.filter((text) => text.trim() !== "");
    return { kind: "fork", cut, copied, messages, prompt: replaced, options };
  });
}

/**
 * Goes on from the end of a run, as a new run, with a correction or a follow-up question: the team whose answer was
 * taken has all of its context; where there was no answer, the teams go on from where they stood. The race's
 * `result` rejects with `UsageError`: `run-unknown`, `continue-unfinished`, `continue-team`, and what `resume` throws.
 */
export function continueRun(options: ContinueOptions): Race {
  return fromOrigin(options, (origin) => {
    if (options.message.trim() === "")
      throw new UsageError("no-message", "There is nothing to go on with: say what is asked.");
    const cut = continuationOf(origin.read(), options.team);
    const copied = new CopiedEvents(cut, () => origin.read());
    return { kind: "continuation", cut, copied, messages: [options.message], prompt: undefined, options };
  });
}

function fromOrigin(options: ReopenOptions, plan: (origin: OriginRun) => Omit<NewRun, "start">): Race {
  const site = siteOf(options, newRunId((options.clock ?? realClock).now()));
  return raceOf(site, async () => {
    const dataDir = dataDirOf(options);
    const origin = readOrigin(site, findRun(dataDir, options.run), options);
    try {
      const run = plan(origin);
      await writeFork(site, origin, { ...run, start: forkedStart(origin, run, site.runId) });
    } finally {
      await origin.close();
    }
    return await prepareResume(site, { ...options, run: site.runId });
  });
}

function changedTask(task: string): string {
  return `The task has been changed. It is now:\n\n${task}\n\nWhat was found so far may be used where it helps.`;
}
