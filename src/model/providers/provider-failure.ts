import { APICallError, InvalidResponseDataError, JSONParseError, TypeValidationError } from "@ai-sdk/provider";
import { M1Error, describeError } from "../../base/errors.ts";
import { AttemptFailed } from "../attempt-failed.ts";
import type { AttemptFailureCode } from "../attempt-failed.ts";
import { loadCauseOf } from "../pacing/refusal-cause.ts";
import { plainWords } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";

interface Headers {
  readonly [name: string]: string | undefined;
}

/** Statuses that may pass by themselves; 529 and its like are above 500. */
const PASSING = new Set([408, 409, 425, 429]);
/** What providers call an account without credit; waiting doesn't help. */
const NO_CREDIT = /insufficient_quota|insufficient[ _]credit|billing_hard_limit|credit balance/i;
/** How providers say that a prompt is longer than the model's window. */
const TOO_LONG =
  /context[_ ](?:length|window|size|limit)|maximum (?:context|prompt)|(?:prompt|input) is too long|input token count|reduce the length of the (?:messages|prompt|input)|token limit exceeded|exceeded model token limit|too large for model/i;

/** The failure behind an HTTP status, with the endpoint's own `words`. */
function failureOfStatus(status: number, words: string, endpoint: Endpoint, headers: Headers = {}): AttemptFailed {
  const detail = plainWords(words, endpoint.key);
  const { code, hint } = meaningOf(status, detail, endpoint);
  const cause = code === "model-http" ? loadCauseOf(status, detail) : undefined;
  return new AttemptFailed(code, `${hostOf(endpoint)} answered HTTP ${status}${detail ? `: ${detail}` : ""}.`, {
    ...(hint ? { hint } : {}),
    retryable: code === "model-http" && (PASSING.has(status) || status >= 500),
    retryAfter: retryAfterOf(headers),
    ...(cause ? { refusal: { cause, headers } } : {}),
    detail,
  });
}

function meaningOf(status: number, detail: string, endpoint: Endpoint): { code: AttemptFailureCode; hint?: string } {
  if (status === 402 || (status === 429 && NO_CREDIT.test(detail)))
    return {
      code: "model-quota",
      hint: "The account behind the key has no credit left: add some, or use another model.",
    };
  if (status === 401 || status === 403) return { code: "model-refused-key", hint: keyHint(endpoint) };
  // Some say it with a status of the server's own; a limit of tokens a minute is another thing.
  if (status !== 429 && TOO_LONG.test(detail)) return { code: "model-too-long", hint: TOO_LONG_HINT };
  if (status === 404)
    return {
      code: "model-unknown",
      hint: `Check the model's name, and that ${endpoint.url} is the right address (it mostly ends in /v1).`,
    };
  if (status === 400 || status === 413 || status === 422)
    return { code: "model-refused", hint: "The endpoint objects to the request itself; its own words say to what." };
  return { code: "model-http" };
}

const TOO_LONG_HINT =
  "Say how many tokens the model takes (--context-window), give it less to read, or use a model with a longer context.";

function keyHint(endpoint: Endpoint): string {
  if (endpoint.key)
    return `The key in ${endpoint.key.name} was refused: check that it is right and may use this model.`;
  return `No key was sent. If this endpoint wants one, put it into the environment variable ${endpoint.keyName}.`;
}

/** The failure behind an error object that came in a body or a stream whose status was 200. */
export function failureOfErrorBody(error: unknown, endpoint: Endpoint): AttemptFailed {
  const fields: Record<string, unknown> = typeof error === "object" && error !== null ? { ...error } : {};
  const nested = fields["error"];
  if (typeof nested === "object" && nested !== null) return failureOfErrorBody(nested, endpoint);
  const words = typeof fields["message"] === "string" ? fields["message"] : JSON.stringify(error);
  const status = [fields["statusCode"], fields["status"], fields["code"]].map(Number).find((n) => n >= 400 && n < 600);
  if (status !== undefined) return failureOfStatus(status, words, endpoint);
  if (TOO_LONG.test(words)) return failureOfStatus(400, words, endpoint);
  const detail = plainWords(words, endpoint.key);
  return new AttemptFailed("model-http", `${hostOf(endpoint)} answered with an error in its reply: ${detail}.`, {
    retryable: true,
    billed: true,
    detail,
  });
}

/** Whatever a provider's code threw or put into its stream, as one of our failures. */
export function failureOf(error: unknown, endpoint: Endpoint): M1Error {
  if (error instanceof M1Error) return error;
  if (APICallError.isInstance(error)) return failureOfCall(error, endpoint);
  if (InvalidResponseDataError.isInstance(error) && /finish reason/i.test(error.message)) return streamCut(endpoint);
  if (
    InvalidResponseDataError.isInstance(error) ||
    JSONParseError.isInstance(error) ||
    TypeValidationError.isInstance(error)
  )
    return notSpoken(endpoint, plainWords(error.message, endpoint.key));
  if (!(error instanceof Error)) return failureOfErrorBody(error, endpoint);
  if (error instanceof TypeError && /terminated|fetch failed/i.test(error.message)) return streamCut(endpoint, error);
  return new AttemptFailed("model-refused", `The request to ${hostOf(endpoint)} could not be made.`, {
    hint: plainWords(describeError(error), endpoint.key),
    retryable: false,
    detail: plainWords(describeError(error), endpoint.key),
  });
}

function failureOfCall(error: APICallError, endpoint: Endpoint): AttemptFailed {
  const status = error.statusCode;
  if (status !== undefined && status >= 400)
    return failureOfStatus(status, wordsOf(error), endpoint, error.responseHeaders ?? {});
  if (status !== undefined) return streamCut(endpoint, error);
  const reason = plainWords(describeError(error.cause ?? error), endpoint.key);
  return new AttemptFailed("model-network", `${hostOf(endpoint)} could not be reached: ${reason}.`, {
    hint: `Check that a server listens at ${endpoint.url} and that this machine may reach it.`,
    retryable: true,
    // A connection that broke after the request was sent may have been charged for; a refused one can't.
    billed: !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|CONNECT_TIMEOUT|CERT/i.test(
      `${reason} ${codeOf(error.cause)}`,
    ),
  });
}

/** The endpoint's own words: of a body that isn't the provider's usual error, the body itself. */
function wordsOf(error: APICallError): string {
  const body = error.responseBody ?? "";
  const code = /"code"\s*:\s*"([a-z_]+)"/.exec(body)?.[1];
  const said = error.data === undefined && body.trim() !== "" ? body : error.message;
  return code && !said.includes(code) ? `${said} (${code})` : said;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return code || codeOf(error.cause);
}

/** The failure of a reply that broke off. */
export function streamCut(endpoint: Endpoint, error?: Error): AttemptFailed {
  const reason = error?.cause instanceof Error ? `: ${plainWords(describeError(error.cause), endpoint.key)}` : "";
  return new AttemptFailed("model-stream-cut", `${hostOf(endpoint)} broke off its reply${reason}.`, {
    retryable: true,
    billed: true,
  });
}

/** The failure of an endpoint that answers something else than a model's reply. */
export function notSpoken(endpoint: Endpoint, what: string): AttemptFailed {
  return new AttemptFailed(
    "model-protocol",
    `${hostOf(endpoint)} answered something that isn't a model's reply: ${what}.`,
    {
      hint: `Check that ${endpoint.url} is the address of a model API; of an OpenAI-compatible one it mostly ends in /v1.`,
      retryable: true,
      billed: true,
      detail: what,
    },
  );
}

function retryAfterOf(headers: Headers): string | undefined {
  const milliseconds = Number(headers["retry-after-ms"]);
  if (milliseconds > 0) return String(milliseconds / 1000);
  return headers["retry-after"];
}

export function hostOf(endpoint: Endpoint): string {
  return new URL(endpoint.url).host;
}
