import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

/** A request that came, and when its connection or response was closed. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** Resolves when the response is over: true if the client went away before it was complete. */
  readonly cutByClient: Promise<boolean>;
}

export type Handler = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Resolves with the n-th request (1 is the first) once it is there. */
  request(n: number): Promise<SeenRequest>;
}

/** A server on the loopback whose n-th request gets the n-th handler; the last one also gets all after it. */
export async function serve(...handlers: readonly Handler[]): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  const waiting = new Map<number, (request: SeenRequest) => void>();
  const server = createServer((incoming, response) => {
    void read(incoming, response).then(async (request) => {
      requests.push(request);
      waiting.get(requests.length)?.(request);
      await handlers[Math.min(requests.length, handlers.length) - 1]?.(response, request);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    requests,
    request(n) {
      const there = requests[n - 1];
      return there ? Promise.resolve(there) : new Promise((resolve) => waiting.set(n, resolve));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function read(incoming: IncomingMessage, response: ServerResponse): Promise<SeenRequest> {
  const cutByClient = new Promise<boolean>((resolve) =>
    response.on("close", () => resolve(!response.writableFinished)),
  );
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString();
  const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { path: incoming.url ?? "", headers: incoming.headers, body, cutByClient };
}

/** A chunk of an OpenAI-compatible stream. */
export function chunk(delta: object, finish: string | null = null, more: object = {}): string {
  return `data: ${JSON.stringify({ id: "1", model: "m", choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;
}

export const USAGE = { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 60 } };

/** The end of a good stream. */
export const END = `${chunk({}, "stop", { usage: USAGE })}data: [DONE]\n\n`;

export function stream(response: ServerResponse, ...pieces: readonly string[]): void {
  startStream(response);
  for (const piece of pieces) response.write(piece);
}

export function startStream(response: ServerResponse, type = "text/event-stream"): void {
  response.writeHead(200, { "content-type": type });
  response.flushHeaders();
}

/** Answers well. */
export function says(text: string): Handler {
  return (response) => {
    stream(response, chunk({ role: "assistant", content: text }), END);
    response.end();
  };
}

/** Answers with a status and an error in OpenAI's form. */
export function fails(status: number, message = `status ${status}`, headers: Record<string, string> = {}): Handler {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ error: { message, type: "test" } }));
  };
}

/** Takes the request and never answers. */
export const hangs: Handler = () => {};

/** Answers whole, with a body of the given type. */
export function sends(body: string, type: string): Handler {
  return (response) => {
    response.writeHead(200, { "content-type": type });
    response.end(body);
  };
}
