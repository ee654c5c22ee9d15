import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { TestContext } from "node:test";
import type { ScriptedModelServer } from "../fixtures/scripted-model/start.ts";

/** What happens to one request. `forward` has the server answer it, on request with another model's reply. */
export type Fault = (response: ServerResponse, forward: (model?: string) => Promise<void>) => void | Promise<void>;

export interface FaultProxy {
  readonly url: string;
  /** Resolves when the request that is to fail has come. */
  readonly reached: Promise<void>;
  /** How often the fault was played. */
  readonly fired: number;
  /** The requests that came, retries included. */
  readonly requests: number;
}

/** Stands between a team and the scripted server, and answers the `nth` request (1 is the first) by `fault`. */
export async function faultProxy(
  t: TestContext,
  server: ScriptedModelServer,
  nth: number,
  fault: Fault,
): Promise<FaultProxy> {
  const reached = Promise.withResolvers<void>();
  let requests = 0;
  let fired = 0;
  const proxy = createServer((incoming, response) => {
    void answer(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await read(incoming);
    const forward = (model?: string) => pass(server, body, response, model);
    requests += 1;
    if (requests !== nth) return await forward();
    fired += 1;
    reached.resolve();
    await fault(response, forward);
  };
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await once(proxy, "close");
  });
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    reached: reached.promise,
    get fired() {
      return fired;
    },
    get requests() {
      return requests;
    },
  };
}

async function read(incoming: IncomingMessage): Promise<object> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString()) as object;
}

/** Piece by piece, and whoever goes away on one side is gone on the other. */
async function pass(server: ScriptedModelServer, body: object, response: ServerResponse, model?: string) {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    const reply = await fetch(`${server.url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(model === undefined ? body : { ...body, model }),
      signal: gone.signal,
    });
    response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "" });
    await pipeline(reply.body ?? [], response);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}
