import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("../server/tool-loop-server.mjs", import.meta.url));

/** The server of the tool loops in a process of its own. */
export async function startToolLoopServer(): Promise<AsyncDisposable & { readonly root: string }> {
  const port = await freePort();
  const server = spawn(process.execPath, [SERVER, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  await once(server.stdout, "data");
  return {
    root: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const gone = once(server, "exit");
      server.kill("SIGKILL");
      await gone;
    },
  };
}

/** The server takes a number only: a port that the system has just given is free for a moment. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
