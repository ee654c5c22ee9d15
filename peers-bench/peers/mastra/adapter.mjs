process.env.MASTRA_TELEMETRY_DISABLED = "1";
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
export function make(base, N, variant = "generate") {
  return async ({ signal, onStep, onTool } = {}) => {
    const tick = createTool({
      id: "tick",
      description: "t",
      inputSchema: z.object({ x: z.number() }),
      execute: async (_i, o) => {
        onStep?.();
        if (onTool) await onTool(o?.abortSignal);
        return { r: "ok" };
      },
    });
    const agent = new Agent({
      id: "a",
      name: "a",
      instructions: "be brief",
      model: { providerId: "x", modelId: "m", url: base, apiKey: "x" },
      tools: { tick },
      maxRetries: 0,
    });
    if (variant === "stream") {
      const r = await agent.stream("go", { maxSteps: N, abortSignal: signal });
      let ab = false;
      for await (const p of r.fullStream) {
        if (p.type === "abort") ab = true;
      }
      if (ab) throw new Error("abort part");
      return { out: await r.text, steps: (await r.steps).length };
    }
    const r = await agent.generate("go", { maxSteps: N, abortSignal: signal });
    return { out: r.text, steps: r.steps.length, fr: r.finishReason };
  };
}
export const variants = ["generate", "stream"];
