import { AttemptFailed } from "../attempt-failed.ts";
import { plainWords } from "./endpoint.ts";
import type { Endpoint, Transport } from "./endpoint.ts";
import { failureOfErrorBody, hostOf, notSpoken } from "./provider-failure.ts";

/** More than any error or unstreamed reply; what is longer isn't one. */
const LONGEST_JSON_BYTES = 16 * 1024 * 1024;

/** Makes the event stream of a reply that came whole, or nothing where the JSON is no reply. */
export type UnstreamedReply = (body: unknown) => string | undefined;

/**
 * Owns: what may go to an endpoint and what may come back from it. Does not own: the wording of
 * requests, the reading of streams.
 * Invariants: 1. a request, and with it the key, goes to the endpoint's own origin only (G5); 2. no
 * redirect is followed; 3. what comes back is an event stream or an error status, else it throws.
 */
export function endpointFetch(endpoint: Endpoint, transport: Transport, unstreamed?: UnstreamedReply): Transport {
  const { origin } = new URL(endpoint.url);
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== origin) throw elsewhere(endpoint, url);
    const response = await transport(url, { ...init, redirect: "manual" });
    if (response.status >= 300 && response.status < 400) throw await redirected(endpoint, response);
    return response.ok ? await asStream(endpoint, response, unstreamed) : response;
  };
}

async function redirected(endpoint: Endpoint, response: Response): Promise<AttemptFailed> {
  await response.body?.cancel();
  const location = response.headers.get("location") ?? "";
  const target = URL.canParse(location, endpoint.url) ? new URL(location, endpoint.url) : undefined;
  return elsewhere(endpoint, target);
}

function elsewhere(endpoint: Endpoint, target: URL | undefined): AttemptFailed {
  const where = target ? plainWords(`${target.origin}${target.pathname}`, endpoint.key) : "another address";
  return new AttemptFailed("model-redirected", `${hostOf(endpoint)} sends requests on to ${where}.`, {
    hint: "No request, and no key, follows a redirect. If that address is the right one, name it yourself.",
    retryable: false,
  });
}

async function asStream(endpoint: Endpoint, response: Response, unstreamed?: UnstreamedReply): Promise<Response> {
  const type = response.headers.get("content-type")?.toLowerCase() ?? "";
  if (type.includes("json")) return await asStreamedJson(endpoint, response, unstreamed);
  if (!type.includes("html")) return response;
  await response.body?.cancel();
  throw notSpoken(endpoint, `a page of type ${plainWords(type, endpoint.key)}`);
}

async function asStreamedJson(endpoint: Endpoint, response: Response, unstreamed?: UnstreamedReply): Promise<Response> {
  const body = parse(await readBounded(endpoint, response));
  if (typeof body === "object" && body !== null && "error" in body && body.error)
    throw failureOfErrorBody(body, endpoint);
  const stream = unstreamed?.(body);
  if (stream === undefined) throw notSpoken(endpoint, "JSON that is neither a reply nor an error");
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBounded(endpoint: Endpoint, response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  const pieces: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? [];
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    if (bytes > LONGEST_JSON_BYTES) throw notSpoken(endpoint, "JSON without an end");
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
