import {
  Agent,
  Runner,
  tool,
  setTracingDisabled,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
} from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
setTracingDisabled(true);
export function make(base, N, variant = "chat") {
  const client = new OpenAI({ baseURL: base, apiKey: "x", maxRetries: 0 });
  return async ({ signal, onStep, onTool } = {}) => {
    const tick = tool({
      name: "tick",
      description: "t",
      parameters: z.object({ x: z.number() }),
      execute: async (_i, _c, d) => {
        onStep?.();
        if (onTool) await onTool(d?.signal);
        return "ok";
      },
    });
    const model =
      variant === "responses" ? new OpenAIResponsesModel(client, "m") : new OpenAIChatCompletionsModel(client, "m");
    const agent = new Agent({ name: "a", instructions: "be brief", model, tools: [tick] });
    const r = await new Runner({ tracingDisabled: true }).run(agent, "go", {
      maxTurns: N + 5,
      signal,
      stream: variant === "stream",
    });
    if (variant === "stream") {
      for await (const _ of r) {
      }
      await r.completed;
      if (r.error) throw r.error;
    }
    return { out: r.finalOutput, steps: r.rawResponses.length };
  };
}
export const variants = ["chat", "responses", "stream"];
