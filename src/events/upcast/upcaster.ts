import { M1Error } from "../../base/errors.ts";
import { FORMAT_VERSION } from "../run-event.ts";
import { fromVersion1 } from "./from-version-1.ts";
import type { OldEvent, UpcastStep } from "./old-event.ts";

/** The step from version n is the n-th; each gives what the next one takes. */
const STEPS: readonly UpcastStep[] = [fromVersion1];

/** Events that only a newer m1-parallel can read; `what` has them and begins the sentence. */
export function newerEvents(what: string, version: number): M1Error {
  return new M1Error(
    "log-newer",
    `${what} was written by a newer m1-parallel: it has events of version ${version}, and this one knows them up to ${FORMAT_VERSION}.`,
    { hint: "Update m1-parallel to open this run." },
  );
}

/** The version that holds from this event on, where it says one: at a run's start, and where it is resumed. */
export function declaredVersion(event: unknown): number | undefined {
  if (!isObject(event) || (event["type"] !== "run-started" && event["type"] !== "run-resumed")) return undefined;
  const version = event["formatVersion"];
  return typeof version === "number" ? version : undefined;
}

/**
 * Brings events, given in the order in which they are recorded, into today's vocabulary.
 * Owns: which version the next event is in. Does not own: whether what comes out fits the schema.
 */
export class Upcaster {
  readonly #what: string;
  #version: number;

  /** `what` names the events' place in an error; `version` is that of the first one, unless it says another. */
  constructor(what: string, version: number = FORMAT_VERSION) {
    this.#what = what;
    this.#version = version;
  }

  /** Throws `log-newer` from the event on that declares a newer version. */
  upcast(event: unknown): unknown {
    this.#version = declaredVersion(event) ?? this.#version;
    if (this.#version > FORMAT_VERSION) throw newerEvents(this.#what, this.#version);
    if (!isObject(event)) return event;
    return STEPS.slice(this.#version - 1).reduce((older, step) => step(older), event);
  }
}

function isObject(value: unknown): value is OldEvent {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
