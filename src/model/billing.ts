import type { Billing } from "./model.ts";
import type { ModelReference } from "./model-reference.ts";

/** Who bills for the calls of a model, as far as its reference says. What runs on this machine is free. */
export function billingOf(reference: ModelReference): Billing {
  if (reference.kind === "hosted") return { provider: reference.provider, model: reference.model };
  return reference.kind === "url" ? { url: reference.url, model: reference.model } : "free";
}
