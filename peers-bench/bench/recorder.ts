import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that passes requests on to `target` and keeps their bodies: what a framework asks, bare fetch can ask again. */
export interface Recorder extends AsyncDisposable {
  readonly url: string;
  readonly bodies: readonly { readonly model: string }[];
}

export async function startRecorder(target: string): Promise<Recorder> {
  const bodies: { readonly model: string }[] = [];
  const server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const body = Buffer.concat(pieces).toString();
      bodies.push(JSON.parse(body) as { model: string });
      const reply = await fetch(`${target}/chat/completions`, { method: "POST", body });
      response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "" });
      response.end(Buffer.from(await reply.arrayBuffer()));
    };
    pass().catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
