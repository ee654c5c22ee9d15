import {
  StateGraph,
  Annotation,
  MessagesAnnotation,
  START,
  END,
  MemorySaver,
  StateSchema,
  MessagesDeltaValue,
} from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { tool } from "@langchain/core/tools";
import { HumanMessage } from "@langchain/core/messages";
import { z } from "zod";
import fs from "node:fs";
import { createRequire } from "node:module";
// variants: <shape>[+memory|+sqlite][+sync|+async|+exit][+reuse]
//  shape msgs   : one node `agent` calls ChatOpenAI and appends AI message + tool message itself, conditional edge back to itself (1 superstep per model call, history grows)
//  shape fixed  : the same but the state is only a counter, the prompt is constant
//  shape raw    : like fixed but the node calls fetch directly (graph cost only)
//  shape delta  : like react but the messages live in the new (beta) DeltaChannel
//  shape react  : agent node + ToolNode (2 supersteps per model call), the usual ReAct loop
let seq = 0;
export async function saver(kind, file) {
  if (kind === "memory") return new MemorySaver();
  if (kind === "sqlite") {
    const { SqliteSaver } = await import("@langchain/langgraph-checkpoint-sqlite");
    return SqliteSaver.fromConnString(file);
  }
}
export function make(base, N, variant = "react", extra = {}) {
  // extra.file: where +sqlite keeps its checkpoints
  const [shape, ...fl] = variant.split("+");
  const kind = fl.find((f) => f === "memory" || f === "sqlite");
  const durability = fl.find((f) => ["sync", "async", "exit"].includes(f));
  const cpP = extra.checkpointer ? Promise.resolve(extra.checkpointer) : saver(kind, extra.file);
  const mk = () =>
    new ChatOpenAI({
      model: "m",
      apiKey: "x",
      maxRetries: 0,
      configuration: { baseURL: base },
      streaming: fl.includes("stream"),
    });
  return async ({ signal, onStep, onTool } = {}) => {
    const checkpointer = await cpP;
    const tick = tool(
      async (_i, c) => {
        onStep?.();
        if (onTool) await onTool(c?.signal);
        return "ok";
      },
      { name: "tick", description: "t", schema: z.object({ x: z.number() }) },
    );
    let g, input;
    if (shape === "react" || shape === "delta") {
      const m = mk().bindTools([tick]);
      g = new StateGraph(shape === "delta" ? new StateSchema({ messages: MessagesDeltaValue }) : MessagesAnnotation)
        .addNode("agent", async (s, c) => ({ messages: [await m.invoke(s.messages, c)] }))
        .addNode("tools", new ToolNode([tick]))
        .addEdge(START, "agent")
        .addConditionalEdges("agent", (s) => (s.messages.at(-1).tool_calls?.length ? "tools" : END), ["tools", END])
        .addEdge("tools", "agent");
      input = { messages: [new HumanMessage("go")] };
    } else if (shape === "msgs") {
      const m = mk().bindTools([tick]);
      g = new StateGraph(MessagesAnnotation)
        .addNode("agent", async (s, c) => {
          const a = await m.invoke(s.messages, c);
          const o = [a];
          for (const t of a.tool_calls ?? []) o.push(await tick.invoke({ ...t, type: "tool_call" }, c));
          return { messages: o };
        })
        .addEdge(START, "agent")
        .addConditionalEdges("agent", (s) => (s.messages.at(-1).getType() === "tool" ? "agent" : END), ["agent", END]);
      input = { messages: [new HumanMessage("go")] };
    } else {
      const m = shape === "fixed" ? mk() : null;
      const A = Annotation.Root({ n: Annotation({ reducer: (a, b) => a + b, default: () => 0 }), last: Annotation() });
      g = new StateGraph(A)
        .addNode("agent", async (s, c) => {
          onStep?.();
          let t;
          if (m) t = (await m.invoke([new HumanMessage("go")], c)).content;
          else
            t = (
              await (
                await fetch(base + "/chat/completions", {
                  method: "POST",
                  signal: c.signal,
                  headers: { "content-type": "application/json" },
                  body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "go" }] }),
                })
              ).json()
            ).choices[0].message.content;
          return { n: 1, last: t };
        })
        .addEdge(START, "agent")
        .addConditionalEdges("agent", (s) => (s.n < N ? "agent" : END), ["agent", END]);
      input = { n: 0 };
    }
    const app = g.compile({ checkpointer });
    const cfg = {
      recursionLimit: 4 * N + 20,
      signal,
      ...(durability ? { durability } : {}),
      ...(checkpointer ? { configurable: { thread_id: "t" + process.pid + "-" + seq++ } } : {}),
    };
    const r = await app.invoke(input, cfg);
    return r.messages
      ? { out: r.messages.at(-1).content, steps: r.messages.filter((x) => x.getType() === "ai").length }
      : { out: r.last, steps: r.n };
  };
}
export const variants = [
  "raw",
  "fixed",
  "msgs",
  "react",
  "raw+memory",
  "fixed+memory",
  "msgs+memory",
  "react+memory",
  "raw+sqlite",
  "fixed+sqlite",
  "msgs+sqlite",
  "react+sqlite",
];
