import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import { chooseModel } from "../../../src/model/default-model.ts";
import { ollamaUrl } from "../../../src/model/ollama.ts";
import { priceOf } from "../../../src/model/price.ts";
import { hangs, sends, serve } from "./http-server.ts";

const clock = new VirtualClock();
const none = () => Promise.resolve([]);
/** A port of the loopback where nothing listens. */
const NO_OLLAMA = "127.0.0.1:9";

test("a key in the environment decides, in the order OpenAI, Anthropic, Google", async () => {
  const env = { GEMINI_API_KEY: "g", ANTHROPIC_API_KEY: "a", OPENAI_API_KEY: "o" };
  const first = await chooseModel({ env, clock, localModels: none });
  assert.match(first.reference, /^openai\//);
  assert.match(first.why, /OPENAI_API_KEY/);
  const second = await chooseModel({ env: { ...env, OPENAI_API_KEY: "" }, clock, localModels: none });
  assert.match(second.reference, /^anthropic\//);
  const third = await chooseModel({ env: { GEMINI_API_KEY: "g" }, clock, localModels: none });
  assert.match(third.reference, /^google\//);
  for (const { reference } of [first, second, third]) {
    const [provider = "", model = ""] = reference.split("/");
    assert.ok(await priceOf({ provider, model }), `${reference} has a price`);
  }
});

test("without a key a running Ollama is taken, its newest model", async () => {
  const tags = sends(JSON.stringify({ models: [{ name: "qwen3:8b" }, { name: "old" }] }), "application/json");
  await using server = await serve(tags);
  const env = { OLLAMA_HOST: new URL(server.url).host };
  const choice = await chooseModel({ env, clock, localModels: () => Promise.resolve(["small"]) });
  assert.equal(choice.reference, "ollama/qwen3:8b");
  assert.match(choice.why, /newest of 2/);
  assert.equal(server.requests[0]?.path, "/api/tags");
});

test("an Ollama without models, or something else in its place, is passed over for a local model", async () => {
  for (const handler of [sends('{"models": []}', "application/json"), sends("<html>", "text/html")]) {
    await using server = await serve(handler);
    const env = { OLLAMA_HOST: new URL(server.url).host };
    const choice = await chooseModel({ env, clock, localModels: () => Promise.resolve(["small", "big"]) });
    assert.equal(choice.reference, "local/small");
  }
});

test("an Ollama that hangs holds nobody up", async () => {
  await using server = await serve(hangs);
  const env = { OLLAMA_HOST: new URL(server.url).host };
  const choosing = chooseModel({ env, clock, localModels: () => Promise.resolve(["small"]) });
  const request = await server.request(1);
  await clock.advance(500);
  assert.equal((await choosing).reference, "local/small");
  assert.equal(await request.cutByClient, true);
  assert.equal(clock.pending, 0);
});

test("where there is no model at all, every way to one is told", async () => {
  await assert.rejects(chooseModel({ env: { OLLAMA_HOST: NO_OLLAMA }, clock, localModels: none }), {
    code: "model-none",
    hint: /OPENAI_API_KEY.*Ollama.*m1p setup.*-m/,
  });
});

test("OLLAMA_HOST is read as Ollama reads it", () => {
  const cases: Record<string, string> = {
    "": "http://127.0.0.1:11434",
    "gpu-box": "http://gpu-box:11434",
    "0.0.0.0:9999": "http://127.0.0.1:9999",
    "http://gpu-box:8080/": "http://gpu-box:8080",
    "https://ollama.example": "https://ollama.example",
  };
  for (const [host, url] of Object.entries(cases)) assert.equal(ollamaUrl({ OLLAMA_HOST: host }), url);
  assert.throws(() => ollamaUrl({ OLLAMA_HOST: "a b" }), { code: "ollama-host" });
});
