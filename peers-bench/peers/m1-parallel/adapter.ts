import { z } from "zod";
import { all, Conversation, defineTool, functionTeam, race } from "../../../src/index.ts";
import type { TeamContext, Tool } from "../../../src/index.ts";
import type { Loop, LoopHooks } from "../adapter.ts";

/**
 * The peers' loop as a function team. Variants: `log` (the durable log, each model call a step in it, the tool called as
 * the peers call theirs: a plain function), `log+tool` (the tool's call is a step in the log as well), `memory` (no disk).
 */
export function make(base: string, steps: number, variant: string, options: { readonly file: string }): Loop {
  return many(base, steps, variant, { ...options, loops: 1 });
}

/** All loops are the teams of one race, which waits for all of them. */
export function many(
  base: string,
  steps: number,
  variant: string,
  { file, loops }: { readonly file: string; readonly loops: number },
): Loop {
  return async (hooks) => {
    let done = 0;
    const tick = tickTool(hooks);
    const work = async ({ steps: door }: TeamContext): Promise<string> => {
      let conversation = Conversation.of({ role: "system", content: "be brief" }, { role: "user", content: "go" });
      for (let step = 0; step < steps; step += 1) {
        const { text } = await door.model({ conversation });
        if (variant === "log+tool") await door.tool({ tool: tick.name, arguments: { x: 1 } });
        else await act(hooks, door.signal);
        conversation = conversation.append({ role: "assistant", content: text }, { role: "user", content: "ok" });
        done += 1;
      }
      return "done";
    };
    const team = functionTeam("loop", work, { model: `${base}#m`, tools: [tick.name] });
    const run = race({
      task: "go",
      teams: Array.from({ length: loops }, () => team),
      policy: all(),
      tools: [tick],
      dataDir: file,
      store: variant === "memory" ? "memory" : "disk",
      environment: {},
      ...(hooks.signal ? { signal: hooks.signal } : {}),
    });
    const { outcome } = await run.result;
    if (outcome !== "answered") throw new Error(`The race ended as ${outcome}.`);
    await run.receipt;
    return { steps: done / loops };
  };
}

async function act(hooks: LoopHooks, signal: AbortSignal): Promise<void> {
  hooks.onStep?.();
  await hooks.onTool?.(signal);
}

function tickTool(hooks: LoopHooks): Tool {
  return defineTool({
    name: "tick",
    description: "t",
    parameters: z.object({ x: z.number() }),
    declare: () => ({ effect: "read", egress: [] }),
    async call(_, { signal }) {
      await act(hooks, signal);
      return { text: "ok", facts: {} };
    },
  });
}
