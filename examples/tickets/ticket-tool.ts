import { z } from "zod";
import { defineTool, NotPerformed, type Tool } from "../../src/index.ts"; // in a project of yours: "m1-parallel"

/** Opens tickets in a system that opens one ticket for one idempotency key, however often it is asked to. */
export function ticketTool(url: string): Tool {
  return defineTool({
    name: "open-ticket",
    description:
      "Opens a ticket. With `now` at once, and it answers the ticket's number; else once the answer is taken.",
    parameters: z.object({ title: z.string(), now: z.boolean().default(false) }),
    idempotent: true,
    declare: ({ now }) => ({ effect: "external", egress: [new URL(url).host], acts: now ? "now" : "staged" }),
    async call({ title }, { idempotencyKey, signal }) {
      const headers = { "content-type": "application/json", "idempotency-key": idempotencyKey };
      const body = JSON.stringify({ title });
      const response = await fetch(`${url}/tickets`, { method: "POST", headers, body, signal }).catch(asRefused);
      const text = await response.text();
      if (response.status >= 400 && response.status < 500) throw new NotPerformed(`The ticket system refused: ${text}`);
      if (!response.ok) throw new Error(`The ticket system failed: ${text}`); // it may have opened the ticket all the same
      const { number } = JSON.parse(text) as { number: number };
      return { text: `ticket ${number}`, facts: { number } };
    },
  });
}

/** Nobody was there to hear the call, so it surely did nothing; a moment later somebody may be. */
export function asRefused(error: Error): never {
  const { code } = (error.cause ?? {}) as { code?: string };
  if (code === "ECONNREFUSED") throw new NotPerformed("The ticket system is not there.", { temporary: true });
  throw error;
}
