import { hash } from "node:crypto";
import { shortIdOf, uuidOf } from "../../base/ids.ts";
import { canonicalJson } from "../../steps/canonical-json.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** The effect of a staged call, by the key of the step that staged it. */
export function commitOf(key: string): string {
  return `commit:${key}`;
}

/** The effect of a call that must act to go on: equal arguments (RFC 8785) of one tool are one effect, whoever asks. */
export function permitOf(tool: string, args: Arguments): string {
  return `permit:${hash("sha256", canonicalJson([tool, args]), "base64url")}`;
}

/** What is sent with the call where the other side takes it: a UUID, since some take nothing longer. */
export function idempotencyKeyOf(runId: string, effect: string): string {
  return uuidOf(runId, effect);
}

/** The `ordinal`-th question of a run about one effect or step. */
export function questionIdOf(runId: string, subject: string, ordinal: number): string {
  return shortIdOf(runId, subject, String(ordinal));
}
