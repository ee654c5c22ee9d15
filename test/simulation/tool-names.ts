import type { Reliability } from "./office.ts";

const EXTERNAL = ["keyed", "status", "blind"] as const satisfies readonly Reliability[];

/** `send-…` are staged, `order-…` act now. */
export const TOOL_NAMES = [
  "look",
  "write",
  "program",
  "repeatable-program",
  "send-keyed",
  "send-status",
  "send-blind",
  "order-keyed",
  "order-status",
  "order-blind",
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];
export type ExternalToolName = Extract<ToolName, `send-${string}` | `order-${string}`>;

export const EXTERNAL_TOOLS: readonly (readonly [ExternalToolName, Reliability])[] = EXTERNAL.flatMap((reliability) => [
  [`send-${reliability}`, reliability] as const,
  [`order-${reliability}`, reliability] as const,
]);

/** The arguments with which a team calls a tool. One that acts now is the same for all teams, so it has no mark. */
export function argumentsOf(tool: ToolName, mark: string, subject: string): Record<string, unknown> {
  return tool.startsWith("order-") ? { subject } : { mark, subject };
}
