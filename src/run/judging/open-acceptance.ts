import { UsageError } from "../../base/errors.ts";
import type { AcceptanceDescription } from "../../events/input.ts";
import type { BlobStore } from "../../log/run-log.ts";
import type { CommandAcceptance } from "../../answers/acceptance.ts";
import { openCommandCheck } from "./command-check.ts";
import type { AcceptFunction } from "../race-options.ts";
import type { RunSite } from "../opening/race-plan.ts";
import type { Programs } from "../opening/tool-kit.ts";

/** An acceptance that can be asked, once the run has a place to keep things in. */
export interface OpenAcceptance {
  /** For `run-started`: how the run accepts answers. */
  readonly description: AcceptanceDescription;
  readonly accept: (blobs: BlobStore) => AcceptFunction;
}

/** Makes an acceptance ready. Throws `UsageError` where a command of it cannot be run here. */
export async function openAcceptance(
  given: AcceptFunction | CommandAcceptance,
  site: RunSite,
  { unsafeHostExec }: Programs,
): Promise<OpenAcceptance> {
  if (typeof given === "function") {
    return { description: { kind: "function", name: given.name || "accept" }, accept: () => given };
  }
  const check = await openCommandCheck(given, { site, unsafeHostExec });
  return { description: given, accept: (blobs) => (candidate) => check.judge(candidate, blobs) };
}

/**
 * The acceptance of a run that goes on. A function is not in its log: throws `UsageError` (`acceptance-needed`)
 * where the program does not bring it along, and as `openAcceptance` does.
 */
export async function reopenAcceptance(
  description: AcceptanceDescription,
  own: AcceptFunction | undefined,
  site: RunSite,
  programs: Programs,
): Promise<OpenAcceptance> {
  if (description.kind === "command") return openAcceptance(description, site, programs);
  if (own) return openAcceptance(own, site, programs);
  throw new UsageError(
    "acceptance-needed",
    `The acceptance of this run is a function of a program (${description.name}).`,
    { hint: "Resume it from that program: resume({ run, accept, … })." },
  );
}
