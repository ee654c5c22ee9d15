import { z } from "zod";
import { askStructured } from "../../../model/structured/ask-structured.ts";
import type { LadderMemory } from "../../../model/structured/ladder-memory.ts";
import type { Agent, AgentContext } from "../agent.ts";
import { FILE_SURFER } from "../names.ts";
import { FILE_SURFER_DESCRIPTION, FILE_SURFER_INSTRUCTIONS, fileChoicePrompt } from "../prompts/file-surfer.ts";
import { fileHead } from "../prompts/rules.ts";

interface Page {
  readonly path: string;
  readonly page: number;
}

const choiceSchema = z.object({ reads: z.array(z.object({ path: z.string(), page: z.number() })) });
const MOST_PAGES = 3;

/**
 * Reads text and tables. Its model chooses the pages; under rules, or where the model's choice cannot
 * be had, it reads the first pages of the request's files.
 */
export function fileSurfer(memory: LadderMemory): Agent {
  return {
    name: FILE_SURFER,
    description: FILE_SURFER_DESCRIPTION,
    instructions: FILE_SURFER_INSTRUCTIONS,
    async respond(context) {
      if (context.mode === "rules") return { text: await headsOf(context) };
      const listing = await context.steps.tool({ tool: "list-files", arguments: {} });
      const chosen = await choosePages(context, listing.text, memory);
      const pages = chosen.length > 0 ? chosen : firstPages(context);
      const texts = await readAll(context, pages);
      return { text: [`The folder holds:\n${listing.text}`, ...texts].join("\n\n") };
    },
  };
}

async function choosePages(context: AgentContext, listing: string, memory: LadderMemory): Promise<readonly Page[]> {
  const conversation = context.conversation.append({ role: "user", content: fileChoicePrompt(listing) });
  const answer = await askStructured(context.steps, {
    conversation,
    schema: choiceSchema,
    name: "choose_pages",
    description: "Chooses the pages that are read next.",
    memory,
    attempts: 3,
  });
  return answer.ok ? answer.value.reads.slice(0, MOST_PAGES) : [];
}

function firstPages({ task }: AgentContext): Page[] {
  return task.files.slice(0, MOST_PAGES).map(({ path }) => ({ path, page: 1 }));
}

async function headsOf(context: AgentContext): Promise<string> {
  const pages = await readAll(context, firstPages(context));
  if (pages.length === 0) return "The request came without files.";
  return pages.map((page) => fileHead(page, pages.length)).join("\n\n");
}

async function readAll({ steps }: AgentContext, pages: readonly Page[]): Promise<string[]> {
  const texts: string[] = [];
  for (const { path, page } of pages) {
    const { text } = await steps.tool({ tool: "read-file", arguments: { path, page: Math.max(1, Math.trunc(page)) } });
    texts.push(text);
  }
  return texts;
}
