import { UsageError } from "../base/errors.ts";
import type { RacePolicy } from "../events/run-event.ts";
import { POLICIES } from "../race/policies.ts";

/** A policy by its name on the command line. Throws `UsageError` (`policy-unknown`). */
export function policyNamed(name: string): RacePolicy {
  const policy = Object.hasOwn(POLICIES, name) ? POLICIES[name] : undefined;
  if (policy) return policy();
  throw new UsageError("policy-unknown", `There is no policy "${name}".`, {
    hint: `Take one of ${Object.keys(POLICIES).join(", ")}.`,
  });
}
