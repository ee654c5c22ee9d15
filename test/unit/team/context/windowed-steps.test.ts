import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../../../../src/steps/conversation.ts";
import type { ModelCall, PromptedReply, StepContext } from "../../../../src/steps/step-context.ts";
import { sizeOf } from "../../../../src/steps/prompt-size.ts";
import { ModelWindow } from "../../../../src/team/context/model-window.ts";
import { windowedSteps } from "../../../../src/team/context/windowed-steps.ts";
import { failure, ScriptedSteps } from "../support/scripted-steps.ts";

const LONG = Conversation.of(
  { role: "system", content: "You are the Coder." },
  ...Array.from({ length: 40 }, (_, index) => ({ role: "user" as const, content: `message ${index} `.repeat(200) })),
  { role: "user", content: "What now?" },
);

/** Steps whose model refuses what it counts as too long, and counts `ratio` tokens for one that we estimate. */
function refusing(window: number, ratio = 1): { steps: StepContext; sizes: number[] } {
  const sizes: number[] = [];
  const model = ({ conversation }: ModelCall): Promise<PromptedReply> => {
    const tokens = Math.round(sizeOf(conversation) * ratio);
    sizes.push(tokens);
    if (tokens > window)
      return Promise.reject(
        failure("model-too-long", `maximum context length is ${window} tokens, you requested ${tokens}`),
      );
    return Promise.resolve({ text: "yes", finishReason: "stop", promptTokens: tokens });
  };
  const steps: StepContext = { ...new ScriptedSteps({ replies: {} }).context(), model, fork: () => steps };
  return { steps, sizes };
}

test("a prompt that was refused as too long is put again, shorter, and later ones are short from the start", async () => {
  const { steps, sizes } = refusing(6_000, 1.4);
  const windowed = windowedSteps(steps, new ModelWindow());
  await windowed.fork("Coder").model({ conversation: LONG });
  assert.ok(sizes.length >= 2 && sizes.length <= 4, sizes.join());
  const before = sizes.length;
  await windowed.fork("Orchestrator").model({ conversation: LONG });
  assert.equal(sizes.length, before + 1);
  assert.ok((sizes.at(-1) ?? 0) > 3_000, "what the model takes is used");
});

test("a model that takes nothing at all fails as it says, and any other failure at once", async () => {
  const { steps, sizes } = refusing(0);
  await assert.rejects(windowedSteps(steps, new ModelWindow()).model({ conversation: LONG }), {
    code: "model-too-long",
  });
  assert.equal(sizes.length, 5);
  let asked = 0;
  const broken = { ...steps, model: () => ((asked += 1), Promise.reject(failure("model-http"))) };
  await assert.rejects(windowedSteps(broken, new ModelWindow()).model({ conversation: LONG }), { code: "model-http" });
  assert.equal(asked, 1);
});

test("a call of another model is left as it is", async () => {
  const { steps, sizes } = refusing(100_000);
  await windowedSteps(steps, new ModelWindow(2_000)).model({ conversation: LONG, model: "openai/other" });
  assert.equal(sizes[0], sizeOf(LONG));
});
