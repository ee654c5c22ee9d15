import { z } from "zod";
import { defineTool, NotPerformed, type Tool } from "../../src/index.ts"; // in a project of yours: "m1-parallel"
import { asRefused } from "./ticket-tool.ts";
import type { Ticket } from "./ticket-system.ts";

/** Opens tickets in a system that opens one each time it is asked to, but finds a ticket by the reference it was opened under. */
export function ticketToolWithStatus(url: string): Tool {
  return defineTool({
    name: "open-ticket",
    description:
      "Opens a ticket. With `now` at once, and it answers the ticket's number; else once the answer is taken.",
    parameters: z.object({ title: z.string(), now: z.boolean().default(false) }),
    declare: ({ now }) => ({ effect: "external", egress: [new URL(url).host], acts: now ? "now" : "staged" }),
    async call({ title }, { idempotencyKey, signal }) {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ title, reference: idempotencyKey });
      const response = await fetch(`${url}/tickets`, { method: "POST", headers, body, signal }).catch(asRefused);
      const text = await response.text();
      if (response.status >= 400 && response.status < 500) throw new NotPerformed(`The ticket system refused: ${text}`);
      if (!response.ok) throw new Error(`The ticket system failed: ${text}`);
      return asResult(JSON.parse(text) as Ticket);
    },
    /** Asked after a crash or a lost connection, so that the ticket is not opened a second time. */
    async status(_args, { idempotencyKey, signal }) {
      const response = await fetch(`${url}/tickets?reference=${idempotencyKey}`, { signal });
      if (response.status !== 200) return "unknown"; // not there, or still at it
      const [ticket] = (await response.json()) as Ticket[];
      return ticket ? { performed: asResult(ticket) } : "not-performed";
    },
  });
}

function asResult({ number }: Ticket) {
  return { text: `ticket ${number}`, facts: { number } };
}
