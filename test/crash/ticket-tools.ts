import type { Knows } from "../../examples/tickets/ticket-system.ts";
import { ticketTool } from "../../examples/tickets/ticket-tool.ts";
import { ticketToolWithStatus } from "../../examples/tickets/ticket-tool-with-status.ts";
import type { Tool } from "../../src/index.ts";

/** The tool that suits a ticket system. */
export function ticketToolOf(knows: Knows, url: string): Tool {
  if (knows === "references") return ticketToolWithStatus(url);
  // One that knows no keys ignores them; its tool must then not say that a call may simply be sent again.
  return { ...ticketTool(url), idempotent: knows === "keys" };
}
