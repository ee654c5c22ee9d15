import { AttemptFailed } from "../attempt-failed.ts";

/** The provider takes no call for so long that waiting is for a person to decide. */
export class RateLimited extends AttemptFailed {
  constructor(waitMs: number, words: string) {
    const said = words === "" ? "" : ` (${words})`;
    super("model-rate-limited", `The provider takes no further call for ${describeWait(waitMs)}${said}.`, {
      hint: "Use another model or key, or go on later: m1p resume does nothing twice.",
      retryable: false,
    });
    this.name = "RateLimited";
  }
}

/** A wait for people: `12 s`, `4 min`, `2 h 5 min`. */
export function describeWait(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest > 0 ? ` ${rest} min` : ""}`;
}
