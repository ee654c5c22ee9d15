import type { TeamTask } from "../team.ts";
import type { Agent } from "./agent.ts";

/** The request as models read it: what is asked, and which files came with it. */
export function requestText(task: TeamTask): string {
  if (task.files.length === 0) return task.prompt;
  const files = task.files.map(({ path, bytes }) => `- ${path} (${bytes} bytes)`);
  return `${task.prompt}\n\nThese files belong to the request; they are in the current folder:\n${files.join("\n")}`;
}

/** The team as models read it, one line a member. */
export function rosterText(agents: readonly Agent[]): string {
  return agents.map(({ name, description }) => `- ${name}: ${description}`).join("\n");
}
