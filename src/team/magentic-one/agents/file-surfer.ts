import { z } from "zod";
import { askStructured } from "../../../model/structured/ask-structured.ts";
import type { LadderMemory } from "../../../model/structured/ladder-memory.ts";
import type { Agent, AgentContext } from "../agent.ts";
import { FILE_SURFER } from "../names.ts";
import {
  FILE_SURFER_DESCRIPTION,
  FILE_SURFER_INSTRUCTIONS,
  fileChoicePrompt,
  fileResultsPrompt,
} from "../prompts/file-surfer.ts";
import { fileHead } from "../prompts/rules.ts";
import { lookAt } from "./look-at.ts";

const actionSchema = z.object({
  do: z.enum(["read", "find", "search", "look"]),
  path: z.string(),
  part: z.string(),
  page: z.number(),
  query: z.string(),
});
type Action = z.infer<typeof actionSchema>;

const stepSchema = z.object({ actions: z.array(actionSchema), answer: z.string() });

const MOST_ACTIONS = 3;
/** Rounds of actions in a turn; after them it must answer. */
const MOST_ROUNDS = 8;
const FIRST_PAGES = 3;
/** Characters that are looked at in a turn, and not more than fill half of the model's window. */
const MOST_SEEN = 150_000;
const CHARACTERS_A_TOKEN = 3;
/** Of what was seen last, where no answer came of it. */
const MOST_SHOWN = 30_000;

/** What the FileSurfer needs of its team. */
export interface SurferNeeds {
  readonly memory: LadderMemory;
  /** Whether the team's model sees; undefined where that is unknown. */
  readonly vision: boolean | undefined;
  /** How many tokens fit into it. */
  readonly window: number;
}

/**
 * Looks into files until it can answer its instruction, after Magentic-One's FileSurfer (arXiv 2411.04468): its model
 * reads pages, finds words and looks at pictures, a few at a time and a bounded number of times. Under rules, or where
 * the model's choice cannot be had, it reads the first pages of the request's files.
 */
export function fileSurfer(needs: SurferNeeds): Agent {
  return {
    name: FILE_SURFER,
    description: FILE_SURFER_DESCRIPTION,
    instructions: FILE_SURFER_INSTRUCTIONS,
    async respond(context) {
      if (context.mode === "rules") return { text: await headsOf(context) };
      const listing = await context.steps.tool({ tool: "list-files", arguments: {} });
      const text = await surf(context, listing.text, needs);
      if (text !== undefined) return { text };
      const pages = await readFirstPages(context);
      return { text: [`The folder holds:\n${listing.text}`, ...pages].join("\n\n") };
    },
  };
}

/** What came of it; undefined where nothing did. */
async function surf(context: AgentContext, listing: string, needs: SurferNeeds): Promise<string | undefined> {
  const { memory, window } = needs;
  const mostSeen = Math.min(MOST_SEEN, (window * CHARACTERS_A_TOKEN) / 2);
  let conversation = context.conversation.append({ role: "user", content: fileChoicePrompt(listing) });
  let seen: string[] = [];
  const sources: string[] = [];
  for (let round = 0, characters = 0, isLast = false; ; round += 1) {
    const reply = await askStructured(context.steps, {
      conversation,
      schema: stepSchema,
      name: "surf_files",
      description: "Says what is looked at next in the files, or the answer.",
      memory,
      attempts: 3,
      validate: (value) => problemOf(value, isLast),
    });
    if (!reply.ok) return seen.length === 0 ? undefined : withSources(shortened(seen), sources);
    const { actions, answer } = reply.value;
    if (actions.length === 0 || isLast) return withSources(answer.trim(), sources);
    seen = [];
    for (const action of actions.slice(0, MOST_ACTIONS)) seen.push(await act(context, action, needs));
    sources.push(...actions.slice(0, MOST_ACTIONS).flatMap(sourceOf));
    characters += seen.reduce((sum, text) => sum + text.length, 0);
    isLast = round + 1 >= MOST_ROUNDS || characters >= mostSeen;
    conversation = reply.conversation.append({ role: "user", content: fileResultsPrompt(seen, isLast) });
  }
}

function problemOf({ actions, answer }: z.infer<typeof stepSchema>, isLast: boolean): string | undefined {
  if (answer.trim() !== "") return undefined;
  if (actions.length === 0) return "it has neither an action nor an answer";
  return isLast ? "no more actions can be done: it must have an answer" : undefined;
}

async function act(context: AgentContext, action: Action, { vision }: SurferNeeds): Promise<string> {
  const { steps } = context;
  const { path, query } = action;
  const part = action.part.trim() === "" ? {} : { part: action.part };
  const missing = missingOf(action);
  if (missing !== undefined) return missing;
  if (action.do === "look") return await lookAt(steps, { path, question: query, vision });
  const page = Number.isFinite(action.page) ? Math.max(1, Math.trunc(action.page)) : 1;
  const request = {
    read: { tool: "read-file", arguments: { path, page, ...part } },
    find: { tool: "find-in-file", arguments: { path, query, ...part } },
    search: { tool: "search-files", arguments: { query } },
  }[action.do];
  return (await steps.tool(request)).text;
}

/** A call that lacks what it needs would be the tool's refusal of the whole turn. */
function missingOf({ do: what, path, query }: Action): string | undefined {
  if (what !== "search" && path.trim() === "") return `The action "${what}" needs a "path".`;
  if ((what === "find" || what === "search") && query.trim() === "") return `The action "${what}" needs a "query".`;
  return undefined;
}

function sourceOf({ do: what, path, part, page }: Action): string[] {
  if (what === "look") return [path];
  if (what !== "read" || path.trim() === "") return [];
  const within = part.trim() === "" ? path : `${path}, ${part}`;
  return [`${within}, page ${page}`];
}

function withSources(text: string, sources: readonly string[]): string {
  const read = [...new Set(sources)];
  return read.length === 0 ? text : `${text}\n\n(Read: ${read.join("; ")}.)`;
}

function shortened(texts: readonly string[]): string {
  const text = texts.join("\n\n");
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}

async function headsOf(context: AgentContext): Promise<string> {
  const pages = await readFirstPages(context);
  if (pages.length === 0) return "The request came without files.";
  return pages.map((page) => fileHead(page, pages.length)).join("\n\n");
}

async function readFirstPages({ steps, task }: AgentContext): Promise<string[]> {
  const texts: string[] = [];
  for (const { path } of task.files.slice(0, FIRST_PAGES)) {
    texts.push((await steps.tool({ tool: "read-file", arguments: { path, page: 1 } })).text);
  }
  return texts;
}
