import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelScope } from "../../../../src/base/abort.ts";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { AttemptFailed } from "../../../../src/model/attempt-failed.ts";
import type { Message } from "../../../../src/events/message.ts";
import type { LanguageModel, StreamSettings } from "../../../../src/model/model.ts";
import { openModel } from "../../../../src/model/open-model.ts";
import type { Transport } from "../../../../src/model/providers/endpoint.ts";
import { serve } from "../http-server.ts";

const KEYS = {
  OPENAI_API_KEY: "openai-secret",
  ANTHROPIC_API_KEY: "anthropic-secret",
  GEMINI_API_KEY: "gemini-secret",
};
const SCHEMA = { type: "object", properties: { a: { type: "boolean" } }, required: ["a"], additionalProperties: false };

interface Sent {
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A network that answers every request with these server-sent events, and keeps what was sent. */
function network(...events: readonly object[]): { transport: Transport; sent: Sent[] } {
  const sent: Sent[] = [];
  const transport: Transport = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body = typeof init?.body === "string" ? init.body : "{}";
    sent.push({ url, headers: new Headers(init?.headers), body: JSON.parse(body) as Sent["body"] });
    const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
    return Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } }));
  };
  return { transport, sent };
}

async function open(reference: string, transport: Transport): Promise<LanguageModel> {
  return await openModel(reference, { env: KEYS, clock: new VirtualClock(), transport });
}

async function ask(model: LanguageModel, settings: Partial<StreamSettings> = {}) {
  const messages = [
    { role: "system", content: "You are brief." },
    { role: "user", content: "What is it?" },
    { role: "system", content: "Be briefer." },
  ] as const;
  let text = "";
  const reply = await model.stream(
    messages,
    { format: { kind: "text" }, ...settings },
    { signal: new CancelScope().signal, onText: (piece) => (text += piece) },
  );
  return { ...reply, streamed: text };
}

const OPENAI_ITEM = { id: "m1", type: "message", role: "assistant", phase: null };
const OPENAI = [
  { type: "response.created", response: { id: "r1", created_at: 1, model: "gpt-5.4-mini" } },
  { type: "response.output_item.added", output_index: 0, item: { ...OPENAI_ITEM, content: [] } },
  { type: "response.output_text.delta", item_id: "m1", output_index: 0, content_index: 0, delta: "It is 42." },
  { type: "response.output_item.done", output_index: 0, item: { ...OPENAI_ITEM, content: [] } },
  {
    type: "response.completed",
    response: {
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 60 },
        output_tokens: 20,
        output_tokens_details: { reasoning_tokens: 5 },
      },
    },
  },
];

test("OpenAI is asked by its Responses API, and told to keep nothing", async () => {
  const { transport, sent } = network(...OPENAI);
  const reply = await ask(await open("openai/gpt-5.4-mini", transport), { maxOutputTokens: 50 });
  assert.equal(reply.text, "It is 42.");
  assert.equal(reply.streamed, "It is 42.");
  assert.deepEqual(reply.usage, { inputTokens: 100, outputTokens: 20, cachedTokens: 60, cacheWriteTokens: 0 });
  const [request] = sent;
  assert.equal(request?.url.href, "https://api.openai.com/v1/responses");
  assert.equal(request?.headers.get("authorization"), "Bearer openai-secret");
  assert.equal(request?.body["store"], false);
  assert.equal(request?.body["max_output_tokens"], 50);
});

test("OpenAI's schema mode and forced tool call are asked for as such", async () => {
  const { transport, sent } = network(...OPENAI);
  const model = await open("openai/gpt-5.4-mini", transport);
  await ask(model, { format: { kind: "schema", name: "ledger", schema: SCHEMA } });
  await ask(model, { format: { kind: "tool", name: "ledger", description: "Write it", schema: SCHEMA } });
  assert.deepEqual(sent[0]?.body["text"], {
    format: { type: "json_schema", name: "ledger", schema: SCHEMA, strict: true },
  });
  assert.deepEqual(sent[1]?.body["tool_choice"], { type: "function", name: "ledger" });
});

const ANTHROPIC = [
  {
    type: "message_start",
    message: {
      id: "m1",
      type: "message",
      role: "assistant",
      content: [],
      model: "claude-sonnet-5",
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 30, cache_read_input_tokens: 60, cache_creation_input_tokens: 10, output_tokens: 1 },
    },
  },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "It is 42." } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 20 } },
  { type: "message_stop" },
];

const MARK = { type: "ephemeral" };

test("Anthropic is asked with its prompt cache on, later system messages are the user's", async () => {
  const { transport, sent } = network(...ANTHROPIC);
  const reply = await ask(await open("anthropic/claude-sonnet-5", transport));
  assert.equal(reply.text, "It is 42.");
  assert.deepEqual(reply.usage, { inputTokens: 100, outputTokens: 20, cachedTokens: 60, cacheWriteTokens: 10 });
  const [request] = sent;
  assert.equal(request?.url.href, "https://api.anthropic.com/v1/messages");
  assert.equal(request?.headers.get("x-api-key"), "anthropic-secret");
  assert.deepEqual(request?.body["system"], [{ type: "text", text: "You are brief.", cache_control: MARK }]);
  const said = JSON.stringify(request?.body["messages"]);
  assert.match(said, /What is it\?.*Be briefer/);
  assert.doesNotMatch(said, /"system"/);
});

test("Anthropic is told to keep the beginning, all but the question, and all: the next prompt begins with the second", async () => {
  const { transport, sent } = network(...ANTHROPIC);
  const talk = Array.from({ length: 9 }, (_, index) => ({
    role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
    content: `message ${index}`,
  }));
  const settings = { format: { kind: "text" } } as const;
  const model = await open("anthropic/claude-sonnet-5", transport);
  const messages = [{ role: "system" as const, content: "You lead." }, ...talk];
  await model.stream(messages, settings, { signal: new CancelScope().signal });
  const [request] = sent;
  assert.deepEqual(request?.body["system"], [{ type: "text", text: "You lead.", cache_control: MARK }]);
  const said = (request?.body["messages"] ?? []) as { content: { text: string; cache_control?: object }[] }[];
  const contents = said.flatMap(({ content }) => content);
  const marked = contents.filter((part) => part.cache_control).map(({ text }) => text);
  assert.deepEqual(marked, ["message 7", "message 8"]);
  assert.equal(request?.body["cache_control"], undefined);
});

test("Anthropic's errors in a stream are failures that may pass", async () => {
  const { transport } = network(...ANTHROPIC.slice(0, 3), {
    type: "error",
    error: { type: "overloaded_error", message: "Overloaded" },
  });
  const model = await open("anthropic/claude-sonnet-5", transport);
  await assert.rejects(ask(model), (error) => {
    assert.ok(error instanceof AttemptFailed);
    assert.deepEqual([error.code, error.retryable], ["model-http", true]);
    assert.match(error.message, /Overloaded/);
    return true;
  });
});

const GOOGLE = [
  { candidates: [{ content: { role: "model", parts: [{ text: "It is " }] } }] },
  {
    candidates: [{ content: { role: "model", parts: [{ text: "42." }] }, finishReason: "STOP" }],
    usageMetadata: {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      candidatesTokenCount: 15,
      thoughtsTokenCount: 5,
      totalTokenCount: 120,
    },
  },
];

test("Google is asked with its key in a header and the seed", async () => {
  const { transport, sent } = network(...GOOGLE);
  const reply = await ask(await open("google/gemini-3.8-flash", transport), { seed: 7 });
  assert.equal(reply.text, "It is 42.");
  assert.deepEqual(reply.usage, { inputTokens: 100, outputTokens: 20, cachedTokens: 60, cacheWriteTokens: 0 });
  const [request] = sent;
  assert.equal(request?.url.host, "generativelanguage.googleapis.com");
  assert.equal(request?.headers.get("x-goog-api-key"), "gemini-secret");
  assert.doesNotMatch(request?.url.href ?? "", /gemini-secret/);
  assert.match(JSON.stringify(request?.body["generationConfig"]), /"seed":7/);
});

/** Variables by which providers' own code, and others', can be pointed elsewhere. */
const DIVERSIONS = ["OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL"];

for (const [reference, events] of Object.entries({
  "openai/gpt-5.4-mini": OPENAI,
  "anthropic/claude-sonnet-5": ANTHROPIC,
  "google/gemini-3.8-flash": GOOGLE,
})) {
  test(`a stream of ${reference} that ends early is no reply`, async () => {
    const { transport } = network(
      ...events.slice(0, -1).filter((event) => !("type" in event && event.type === "message_delta")),
    );
    const model = await open(reference, transport);
    await assert.rejects(ask(model), (error) => error instanceof AttemptFailed && error.retryable);
  });

  test(`G5: no variable of the environment diverts the key of ${reference}`, async () => {
    await using thief = await serve((response) => void response.end());
    for (const name of DIVERSIONS) process.env[name] = thief.url;
    try {
      const { transport, sent } = network(...events);
      assert.equal((await ask(await open(reference, transport))).text, "It is 42.");
      assert.equal(sent.length, 1);
      assert.match(
        sent[0]?.url.host ?? "",
        /^(api\.openai\.com|api\.anthropic\.com|generativelanguage\.googleapis\.com)$/,
      );
      assert.equal(thief.requests.length, 0);
    } finally {
      for (const name of DIVERSIONS) delete process.env[name];
    }
  });
}

const SEEN = Buffer.from("\x89PNG picture", "latin1");
const PICTURE = { blob: "aa", mediaType: "image/png", width: 4, height: 3 } as const;

/** What of a request's body shows the picture, as JSON. */
async function shownBy(reference: string, ...events: readonly object[]): Promise<string> {
  const { transport, sent } = network(...events);
  const model = await open(reference, transport);
  const message: Message = { role: "user", content: "What is on it?", images: [PICTURE] };
  const asked: string[] = [];
  const imageBytes = async (blob: string) => {
    asked.push(blob);
    return SEEN;
  };
  await model
    .stream([message], { format: { kind: "text" } }, { signal: new CancelScope().signal, imageBytes })
    .catch((error: unknown) => assert.ok(error instanceof AttemptFailed));
  assert.deepEqual(asked, ["aa"]);
  return JSON.stringify(sent[0]?.body);
}

test("pictures go to each provider in its own way, before the text, and only their bytes", async () => {
  const base64 = SEEN.toString("base64");
  const openai = await shownBy("openai/gpt-5.4-mini", ...OPENAI);
  assert.ok(openai.includes(`"type":"input_image","image_url":"data:image/png;base64,${base64}"`), openai);
  const anthropic = await shownBy("anthropic/claude-sonnet-5");
  assert.match(anthropic, /"type":"image","source":\{"type":"base64","media_type":"image\/png","data":"/);
  const google = await shownBy("google/gemini-3-flash");
  assert.ok(google.includes(`"inlineData":{"mimeType":"image/png","data":"${base64}"}`), google);
  const compatible = await shownBy("http://localhost:9/v1#m");
  assert.ok(
    compatible.includes(`"type":"image_url","image_url":{"url":"data:image/png;base64,${base64}"}`),
    compatible,
  );
  for (const body of [openai, anthropic, google, compatible]) {
    assert.ok(body.indexOf(base64) < body.indexOf("What is on it?"));
  }
});
