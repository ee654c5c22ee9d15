import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../src/base/errors.ts";
import { keyNameOf } from "../../../src/model/api-keys.ts";
import { parseModelList, parseModelReference } from "../../../src/model/model-reference.ts";
import type { ModelReference } from "../../../src/model/model-reference.ts";

const GOOD: Record<string, ModelReference> = {
  "openai/gpt-5.4-mini": { kind: "hosted", provider: "openai", model: "gpt-5.4-mini" },
  "Anthropic/claude-sonnet-5": { kind: "hosted", provider: "anthropic", model: "claude-sonnet-5" },
  "google/gemini-3.8-flash": { kind: "hosted", provider: "google", model: "gemini-3.8-flash" },
  "ollama/qwen3:8b": { kind: "ollama", model: "qwen3:8b" },
  "ollama/hf.co/org/name:Q4": { kind: "ollama", model: "hf.co/org/name:Q4" },
  "http://localhost:8000/v1#my/model": { kind: "url", url: "http://localhost:8000/v1", model: "my/model" },
  "https://openrouter.ai/api/v1/#a%23b": { kind: "url", url: "https://openrouter.ai/api/v1", model: "a#b" },
  "local/qwen2.5-coder-1.5b": { kind: "local", name: "qwen2.5-coder-1.5b" },
  "local//models/x.gguf": { kind: "local", name: "/models/x.gguf" },
  "scripted/examples/rehearsal.json": { kind: "scripted", file: "examples/rehearsal.json" },
};

for (const [text, parts] of Object.entries(GOOD)) {
  test(`the reference ${text} is understood`, () => assert.deepEqual(parseModelReference(text), parts));
}

const BAD: Record<string, readonly [code: string, hint: RegExp]> = {
  "": ["model-reference", /openai\/NAME/],
  "gpt-5": ["model-reference", /URL#NAME/],
  "openai/": ["model-reference", /openai\/NAME/],
  "mistral/large": ["model-unknown", /ollama\/NAME/],
  "http://localhost:8000/v1": ["model-reference", /#my-model/],
  "http://": ["model-reference", /URL#NAME/],
  "https://user:hunter22@host/v1#m": ["model-reference", /M1P_KEY_HOST/],
  "https://host/v1?api-version=1#m": ["model-reference", /base address/],
};

for (const [text, [code, hint]] of Object.entries(BAD)) {
  test(`the reference "${text}" is refused with a hint`, () => {
    assert.throws(
      () => parseModelReference(text),
      (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.code, code);
        assert.match(error.hint ?? "", hint);
        assert.doesNotMatch(error.message, /hunter22/, "G5: a key in an address isn't repeated");
        return true;
      },
    );
  });
}

test("a list is taken apart at its commas, and every part must be good", () => {
  assert.deepEqual(parseModelList("openai/a, http://h/v1#b ,scripted/c"), ["openai/a", "http://h/v1#b", "scripted/c"]);
  assert.throws(() => parseModelList(" , "), { code: "model-reference" });
  assert.throws(() => parseModelList("openai/a,nonsense"), { code: "model-reference" });
});

test("G5: a key's variable names exactly one host and port", () => {
  assert.equal(keyNameOf("http://localhost:8000/v1"), "M1P_KEY_LOCALHOST_8000");
  assert.equal(keyNameOf("http://localhost/v1"), "M1P_KEY_LOCALHOST");
  assert.equal(keyNameOf("https://openrouter.ai/api/v1"), "M1P_KEY_OPENROUTER_AI");
  assert.equal(keyNameOf("https://OpenRouter.ai:443/api/v1"), "M1P_KEY_OPENROUTER_AI");
  assert.equal(keyNameOf("http://[::1]:8000/v1"), "M1P_KEY____1__8000");
});
