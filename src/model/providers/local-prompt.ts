import type { ChatHistoryItem } from "node-llama-cpp";
import type { Message } from "../../events/message.ts";
import { spoken } from "../spoken.ts";

/**
 * A conversation as the engine's chat templates take it, open for the model's reply. Only the
 * beginning may be a system message; later ones are said by the user. Several of the user in a row
 * become one, as templates want turns.
 */
export function chatHistoryOf(messages: readonly Message[]): ChatHistoryItem[] {
  const turns: Pick<Message, "role" | "content">[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    const content = spoken(message);
    const role = message.role === "system" && last && last.role !== "system" ? "user" : message.role;
    if (last && last.role === role && role !== "assistant")
      turns.splice(-1, 1, { role, content: `${last.content}\n\n${content}` });
    else turns.push({ role, content });
  }
  return [...turns.map(itemOf), { type: "model", response: [] }];
}

function itemOf({ role, content }: Pick<Message, "role" | "content">): ChatHistoryItem {
  return role === "assistant" ? { type: "model", response: [content] } : { type: role, text: content };
}
