import type { ModelWindow } from "../context/model-window.ts";
import { shortenedText } from "../context/shortened-text.ts";
import type { TeamTask } from "../team.ts";
import type { Agent } from "./agent.ts";

/** The request as models read it: what is asked, and which files came with it. */
export function requestText(task: TeamTask): string {
  const files = task.files.map(({ path, bytes }) => `- ${path} (${bytes} bytes)`).join("\n");
  const parts = [
    task.prompt,
    files && `These files belong to the request; they are in the current folder:\n${files}`,
    task.answer?.demand,
  ];
  return parts.filter(Boolean).join("\n\n");
}

/** Of the window, so much for the request where it is said again, at the end of a conversation that begins with it. */
const REMINDER_SHARE = 1 / 12;

/** The request as questions repeat it: the whole of it, unless that is long for the window. */
export function reminderOf(request: string, window: ModelWindow): string {
  const note = () => "\n[… the rest of the request stands at the beginning …]\n";
  return shortenedText(request, Math.floor(window.tokens * REMINDER_SHARE), note);
}

/** The team as models read it, one line a member. */
export function rosterText(agents: readonly Agent[]): string {
  return agents.map(({ name, description }) => `- ${name}: ${description}`).join("\n");
}
