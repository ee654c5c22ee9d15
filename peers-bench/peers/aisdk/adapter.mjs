import { generateText, streamText, isStepCount, stepCountIs, tool } from "ai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { z } from "zod";
export function make(base, N, variant = "generate") {
  const model = createOpenAICompatible({ name: "x", baseURL: base, apiKey: "x" }).chatModel("m");
  return async ({ signal, onStep, onTool } = {}) => {
    const o = {
      model,
      system: undefined,
      instructions: "be brief",
      prompt: "go",
      maxRetries: 0,
      abortSignal: signal,
      stopWhen: (isStepCount ?? stepCountIs)(N),
      tools: {
        tick: tool({
          description: "t",
          inputSchema: z.object({ x: z.number() }),
          execute: async (_i, o) => {
            onStep?.();
            if (onTool) await onTool(o?.abortSignal);
            return "ok";
          },
        }),
      },
    };
    if (variant === "stream") {
      let err;
      const r = streamText({
        ...o,
        onError: (e) => {
          err = e.error;
        },
      });
      let aborted = false;
      for await (const p of r.fullStream) {
        if (p.type === "abort") aborted = true;
      }
      if (aborted) throw new Error("abort part");
      if (err) throw err;
      return { out: await r.text, steps: (await r.steps).length };
    }
    const r = await generateText(o);
    return { out: r.text, steps: r.steps.length };
  };
}
export const variants = ["generate", "stream"];
