import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import { openModel } from "../../../src/model/open-model.ts";
import type { Transport } from "../../../src/model/providers/endpoint.ts";

/** A network on which these addresses answer, and nothing else is there. */
function network(answers: Readonly<Record<string, object>>) {
  const asked: { readonly path: string; readonly key: string | null }[] = [];
  const transport: Transport = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    asked.push({ path: pathname, key: new Headers(init?.headers).get("authorization") });
    const answer = answers[pathname];
    return answer ? Promise.resolve(Response.json(answer)) : Promise.resolve(new Response("no", { status: 404 }));
  };
  return { asked, transport };
}

const URL_MODEL = "http://127.0.0.1:8000/v1#m";

async function windowOf(reference: string, answers: Readonly<Record<string, object>>, env = {}) {
  const { transport } = network(answers);
  const model = await openModel(reference, { env, clock: new VirtualClock(), transport, askWindow: true });
  return model.abilities.contextTokens;
}

suite("how many tokens a model takes", () => {
  const lists: Readonly<Record<string, readonly [object, number | undefined]>> = {
    vLLM: [{ id: "m", max_model_len: 16_384 }, 16_384],
    "OpenRouter, Together": [{ id: "m", context_length: 131_072 }, 131_072],
    Groq: [{ id: "m", context_window: 8_192 }, 8_192],
    "LM Studio": [{ id: "m", max_context_length: 40_960, loaded_context_length: 4_096 }, 4_096],
    "llama.cpp": [{ id: "m", meta: { n_ctx: 4_096, n_ctx_train: 32_768 } }, 4_096],
    "a list that does not say": [{ id: "m" }, undefined],
    "a list that says nonsense": [{ id: "m", max_model_len: "many", context_length: -1, meta: 3 }, undefined],
    "a list without the model": [{ id: "other", max_model_len: 16_384 }, undefined],
  };
  for (const [name, [entry, tokens]] of Object.entries(lists)) {
    test(`as ${name} tells it`, async () => {
      assert.equal(await windowOf(URL_MODEL, { "/v1/models": { data: [{ id: "zero" }, entry] } }), tokens);
    });
  }

  test("unknown where nobody answers, or with something else", async () => {
    assert.equal(await windowOf(URL_MODEL, {}), undefined);
    assert.equal(await windowOf(URL_MODEL, { "/v1/models": { models: "?" } }), undefined);
  });

  test("of Ollama: what the model was loaded with, what the environment says, else its small default", async () => {
    const loaded = {
      models: [
        { name: "qwen3:8b", context_length: 32_768 },
        { name: "phi:latest", context_length: 8_192 },
      ],
    };
    assert.equal(await windowOf("ollama/qwen3:8b", { "/api/ps": loaded }), 32_768);
    assert.equal(await windowOf("ollama/phi", { "/api/ps": loaded }), 8_192);
    assert.equal(await windowOf("ollama/other", { "/api/ps": loaded }, { OLLAMA_CONTEXT_LENGTH: "64000" }), 64_000);
    assert.equal(await windowOf("ollama/other", {}), 4_096);
  });

  test("of hosted providers it is known", async () => {
    const env = { OPENAI_API_KEY: "openai-secret", ANTHROPIC_API_KEY: "a-secret", GEMINI_API_KEY: "g-secret" };
    assert.equal(await windowOf("openai/gpt-5.4-mini", {}, env), 128_000);
    assert.equal(await windowOf("anthropic/claude-sonnet-5", {}, env), 200_000);
    assert.equal(await windowOf("google/gemini-3.8-flash", {}, env), 1_000_000);
  });
});

test("G5: the question goes to the endpoint itself with the key named for it, and only where it is wanted", async () => {
  const env = { M1P_KEY_127_0_0_1_8000: "right", OPENAI_API_KEY: "openai-secret" };
  const { asked, transport } = network({ "/v1/models": { data: [] } });
  await openModel(URL_MODEL, { env, clock: new VirtualClock(), transport });
  assert.deepEqual(asked, []);
  await openModel(URL_MODEL, { env, clock: new VirtualClock(), transport, askWindow: true });
  assert.deepEqual(asked, [{ path: "/v1/models", key: "Bearer right" }]);
});
