import { uuidOf } from "../../base/ids.ts";

/** Whose limits a model's calls count against. */
export interface PacingAccount {
  /** Names endpoint, key and, where its limits are each model's own, the model; no secret can be read from it. */
  readonly key: string;
  /** How a person names the provider in their own limits: `openai`, say, or an endpoint's address. */
  readonly provider: string;
}

/** The account behind an endpoint and a key; `model` where each model has limits of its own. */
export function pacingAccount(provider: string, url: string, secret: string | undefined, model = ""): PacingAccount {
  return { key: uuidOf("pacing", url, secret ?? "", model), provider };
}
