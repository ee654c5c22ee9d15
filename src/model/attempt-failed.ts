import { M1Error } from "../base/errors.ts";
import type { RefusedForLoad } from "./pacing/refusal-cause.ts";

/** What can go wrong with one attempt at a model call; also the codes of the failures that reach a team. */
export type AttemptFailureCode =
  /** The endpoint answered with a status that may pass (408, 409, 429, 5xx), or an error in its stream. */
  | "model-http"
  /** Nothing came in time: no response, no first token, no further token. */
  | "model-timeout"
  /** No connection, or it broke before the response. */
  | "model-network"
  /** The reply broke off. */
  | "model-stream-cut"
  /** The reply was not what this kind of endpoint speaks. */
  | "model-protocol"
  /** The endpoint refused the request itself (400, 413, 422). */
  | "model-refused"
  /** The prompt, or the prompt with the reply that was granted, is longer than the model's window. */
  | "model-too-long"
  /** The endpoint refused the key, or wants one (401, 403). */
  | "model-refused-key"
  /** The endpoint doesn't know the model or the path (404). */
  | "model-unknown"
  /** The account has no credit left (402, exhausted quota). */
  | "model-quota"
  /** The provider asks to wait for longer than anybody should without being asked. */
  | "model-rate-limited"
  /** The endpoint sends us elsewhere; a key never follows. */
  | "model-redirected"
  /** The reply was empty. */
  | "model-empty"
  /** A script has no reply for this call. */
  | "script-unexpected";

/** What is known of a failed attempt beside its code. */
export interface AttemptFailureDetails {
  readonly hint?: string;
  readonly cause?: unknown;
  /** Whether another attempt may succeed. */
  readonly retryable: boolean;
  /** The endpoint's Retry-After, as it sent it: seconds, or a date. */
  readonly retryAfter?: string | undefined;
  /** Set where it was refused for load: a rate limit, too many at once, an overload. */
  readonly refusal?: RefusedForLoad | undefined;
  /** True where the provider may charge for the attempt all the same. */
  readonly billed?: boolean;
  /** The endpoint's own words: they may name the setting it objects to. */
  readonly detail?: string;
}

/** One attempt at a model call failed. Its message and detail never contain a key. */
export class AttemptFailed extends M1Error {
  declare readonly code: AttemptFailureCode;
  readonly retryable: boolean;
  readonly retryAfter: string | undefined;
  readonly refusal: RefusedForLoad | undefined;
  readonly billed: boolean;
  readonly detail: string;

  constructor(code: AttemptFailureCode, message: string, details: AttemptFailureDetails) {
    super(code, message, {
      ...(details.hint === undefined ? {} : { hint: details.hint }),
      ...(details.cause === undefined ? {} : { cause: details.cause }),
    });
    this.name = "AttemptFailed";
    this.retryable = details.retryable;
    this.retryAfter = details.retryAfter;
    this.refusal = details.refusal;
    this.billed = details.billed ?? false;
    this.detail = details.detail ?? "";
  }
}
