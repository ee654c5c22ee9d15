import { z } from "zod";
import { sleep } from "../../src/base/clock.ts";
import { defineTool, type Tool, type ToolContext } from "../../src/tools/tool.ts";
import type { ToolDeclaration } from "../../src/steps/executors.ts";
import type { ToolResult } from "../../src/events/tool-call.ts";
import type { SimulatedFolder } from "./simulated-folder.ts";
import type { Life } from "./life.ts";
import type { Reliability } from "./office.ts";
import { EXTERNAL_TOOLS, type ExternalToolName, type ToolName } from "./tool-names.ts";

const inTeam = z.object({ mark: z.string(), subject: z.string() });
/** A call that acts now is the same for all teams, so it has no mark. */
const outside = z.object({ subject: z.string(), mark: z.string().optional() });

/** The tools of a team in one life of the run. */
export function toolsOf(life: Life, folder: SimulatedFolder): Tool[] {
  return [
    lookTool(life, folder),
    writeTool("write", { effect: "workspace", egress: [] }, life, folder),
    writeTool("program", { effect: "workspace", egress: ["*"] }, life, folder),
    writeTool("repeatable-program", { effect: "workspace", egress: ["*"], repeatable: true }, life, folder),
    ...externalTools(life),
  ];
}

/** The tools whose calls the run performs. */
export function externalTools(life: Life): Tool[] {
  return EXTERNAL_TOOLS.map(([name, reliability]) => externalTool(name, reliability, life));
}

function lookTool(life: Life, folder: SimulatedFolder): Tool {
  return defineTool({
    name: "look",
    description: "Reads the folder.",
    parameters: inTeam,
    declare: () => ({ effect: "read", egress: [] }),
    call: ({ mark }, context) =>
      life.follow(async () => {
        await life.place();
        life.beginTool(mark, folder);
        await work(life, mark, context);
        return result(`${mark} saw ${folder.content.length} lines (${life.nonce(mark)})`);
      }),
  });
}

/** Changes the folder at its beginning and at its end: one that is cut off leaves it half done. */
function writeTool(name: ToolName, declared: ToolDeclaration, life: Life, folder: SimulatedFolder): Tool {
  return defineTool({
    name,
    description: "Changes the folder.",
    parameters: inTeam,
    declare: () => declared,
    call: ({ mark }, context) =>
      life.follow(async () => {
        await life.place();
        life.beginTool(mark, folder);
        folder.content.push(`${mark} begun`);
        await work(life, mark, context);
        folder.content.push(`${mark} done`);
        return result(`${mark} wrote ${folder.content.join()} (${life.nonce(mark)})`);
      }),
  });
}

/** Takes its time, and may fail or die in it. */
async function work(life: Life, mark: string, { signal }: ToolContext): Promise<void> {
  const chance = life.chance("tool", mark);
  await sleep(life.process.clock, chance.milliseconds(life.world.scenario.pace), signal);
  await life.place();
  signal.throwIfAborted();
  if (!chance.happens(life.world.rates.tool)) return;
  life.world.notes.count("fault: tool throws");
  throw new Error(`${mark} does not work`);
}

function externalTool(name: ExternalToolName, reliability: Reliability, life: Life): Tool {
  const { office } = life.world;
  return defineTool<typeof outside>({
    name,
    description: "Asks the office for something.",
    parameters: outside,
    idempotent: reliability === "keyed",
    timeoutMs: 5_000,
    declare: () => ({
      effect: "external",
      egress: ["office.example"],
      acts: name.startsWith("order-") ? "now" : "staged",
    }),
    call: (args, { idempotencyKey, signal }) => {
      const order = { tool: name, subject: args.subject, key: idempotencyKey, reliability };
      return life.follow(() => office.receive(order, life, signal));
    },
    ...(reliability === "status" && {
      status: (_args, { idempotencyKey, signal }) => life.follow(() => office.status(idempotencyKey, life, signal)),
    }),
  });
}

function result(text: string): ToolResult {
  return { text, facts: {} };
}
