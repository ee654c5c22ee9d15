// node raw-race.ts URL SESSIONS FILE: posts the recorded bodies of FILE by bare fetch, SESSIONS times at once, each as a team of its own.
import { readFileSync } from "node:fs";
import { argument, cpuMs, tell } from "./argument.ts";

const [url, sessions, file] = [argument(0), Number(argument(1)), argument(2)];
const bodies = JSON.parse(readFileSync(file, "utf8")) as readonly { readonly model: string }[];

async function session(index: number): Promise<void> {
  for (const body of bodies) {
    const response = await fetch(`${url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer none" },
      body: JSON.stringify({ ...body, model: `sim-${index}` }),
    });
    const text = await readStream(response);
    if (!response.ok || text === "") throw new Error(`${response.status}: no text`);
  }
}

/** What any client of a streamed reply has to do: split it into events, parse each, put the text together. */
async function readStream(response: Response): Promise<string> {
  let [text, buffer] = ["", ""];
  for await (const piece of (response.body ?? new ReadableStream<never>()).pipeThrough(new TextDecoderStream())) {
    buffer += piece;
    for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
      const data = buffer.slice(6, end);
      buffer = buffer.slice(end + 2);
      if (data === "[DONE]") continue;
      const chunk = JSON.parse(data) as { choices: { delta: { content?: string } }[] };
      text += chunk.choices[0]?.delta.content ?? "";
    }
  }
  return text;
}

await session(0);
const [cpu, begun] = [process.cpuUsage(), performance.now()];
await Promise.all(Array.from({ length: sessions }, async (_, index) => await session(index)));
tell({ wallMs: performance.now() - begun, cpuMs: cpuMs(cpu), calls: sessions * bodies.length });
process.exit(0);
