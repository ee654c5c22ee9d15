import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CancelScope } from "../../../src/base/abort.ts";
import { UsageError } from "../../../src/base/errors.ts";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { LanguageModel } from "../../../src/model/model.ts";
import { openModel } from "../../../src/model/open-model.ts";
import { OpenModels } from "../../../src/model/open-models.ts";
import { ScriptedModel } from "../../../src/testing/scripted-model.ts";
import { says, serve } from "./http-server.ts";

const clock = new VirtualClock();
const NO_KEYS = { env: {}, clock };

async function ask(model: LanguageModel, seed?: number): Promise<string> {
  const settings = { format: { kind: "text" }, ...(seed === undefined ? {} : { seed }) } as const;
  const { signal } = new CancelScope();
  return (await model.stream([{ role: "user", content: "first words" }], settings, { signal })).text;
}

test("G5: a URL is sent the key that is named for it, and no other", async () => {
  await using server = await serve(says("yes"));
  const port = new URL(server.url).port;
  const keys = { OPENAI_API_KEY: "openai-secret", M1P_KEY_127_0_0_1: "other-port", M1P_KEY_LOCALHOST: "other-host" };
  await ask(await openModel(`${server.url}#m`, { env: keys, clock }));
  assert.equal(server.requests[0]?.headers.authorization, undefined);
  await ask(await openModel(`${server.url}#m`, { env: { ...keys, [`M1P_KEY_127_0_0_1_${port}`]: "right" }, clock }));
  assert.equal(server.requests[1]?.headers.authorization, "Bearer right");
  assert.doesNotMatch(JSON.stringify(server.requests), /openai-secret|other-/);
});

test("Ollama is asked where OLLAMA_HOST says, for nothing", async () => {
  await using server = await serve(says("yes"));
  const { host } = new URL(server.url);
  const model = await openModel("ollama/qwen3:8b", { env: { OLLAMA_HOST: host }, clock });
  assert.equal(await ask(model), "yes");
  assert.equal(server.requests[0]?.path, "/v1/chat/completions");
  assert.equal(server.requests[0]?.body["model"], "qwen3:8b");
  assert.equal(model.billing, "free");
});

test("a hosted provider without a key says where to put one", async () => {
  await assert.rejects(openModel("google/gemini-3.8-flash", NO_KEYS), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.code, "model-key-missing");
    assert.match(error.hint ?? "", /GEMINI_API_KEY or GOOGLE_GENERATIVE_AI_API_KEY/);
    return true;
  });
  await assert.rejects(openModel("openai/x", { env: { OPENAI_API_KEY: "  " }, clock }), { code: "model-key-missing" });
});

test("a local model is opened by whoever knows local models, under its name", async () => {
  const local = new ScriptedModel(["hello"], { id: "local/small" });
  const names: string[] = [];
  const openLocal = (name: string) => {
    names.push(name);
    return Promise.resolve(local);
  };
  assert.equal(await openModel("local/small", { ...NO_KEYS, openLocal }), local);
  assert.deepEqual(names, ["small"]);
  await assert.rejects(openModel("local/small", NO_KEYS), { code: "model-unknown" });
});

/** A folder with one script in it. */
async function scriptFile(content: string) {
  const folder = await mkdtemp(join(tmpdir(), "m1p-script-"));
  const file = join(folder, "script.json");
  await writeFile(file, content);
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test("a script answers a rehearsal: by its words, in its order, for each seed from the beginning", async () => {
  const replies = [
    { match: ["first", "words"], text: "one" },
    { match: "other words", text: "never" },
    { text: "two" },
    { text: "always", repeat: true },
  ];
  await using script = await scriptFile(JSON.stringify({ replies }));
  const model = await openModel(`scripted/${script.file}`, NO_KEYS);
  assert.equal(model.rehearsal, true);
  const said = [];
  for (const seed of [1, 1, 2, 1, 1]) said.push(await ask(model, seed));
  assert.deepEqual(said, ["one", "two", "one", "always", "always"]);
});

test("a script's delay passes on the clock, and an abort ends it", async () => {
  await using script = await scriptFile(JSON.stringify({ replies: [{ text: "late", delayMs: 1000, repeat: true }] }));
  const model = await openModel(`scripted/${script.file}`, NO_KEYS);
  const answer = ask(model);
  await clock.advance(1000);
  assert.equal(await answer, "late");
  const scope = new CancelScope();
  const cut = model.stream([{ role: "user", content: "" }], { format: { kind: "text" } }, { signal: scope.signal });
  const settled = assert.rejects(cut, { code: "cancelled" });
  scope.cancel();
  await settled;
  assert.equal(clock.pending, 0);
});

test("a call that a script has no reply for fails at once, and quotes the call", async () => {
  await using script = await scriptFile(JSON.stringify({ replies: [{ match: "nothing like it", text: "x" }] }));
  const model = await openModel(`scripted/${script.file}`, NO_KEYS);
  await assert.rejects(ask(model), { code: "script-unexpected", message: /"first words"/, retryable: false });
});

for (const [what, content] of Object.entries({
  "no JSON": "{",
  "no replies": '{"replies": []}',
  "a field that isn't one": '{"replies": [{"text": "a", "mach": "b"}]}',
})) {
  test(`a script with ${what} is refused with its form`, async () => {
    await using script = await scriptFile(content);
    await assert.rejects(openModel(`scripted/${script.file}`, NO_KEYS), {
      code: "script-unreadable",
      hint: /"replies"/,
    });
  });
}

test("a script that isn't there is refused", async () => {
  await assert.rejects(openModel("scripted/nowhere.json", NO_KEYS), { code: "script-unreadable" });
});

test("a run's models are opened once each, and let go of together", async () => {
  let opened = 0;
  let disposed = 0;
  const openLocal = () => {
    opened += 1;
    const model = new ScriptedModel([], { id: "local/small" });
    return Promise.resolve(
      Object.assign(model, { [Symbol.asyncDispose]: () => Promise.resolve(void (disposed += 1)) }),
    );
  };
  {
    await using models = await OpenModels.open(["local/a", "local/b", "local/a"], { ...NO_KEYS, openLocal });
    assert.equal(opened, 2);
    assert.ok(models.get("local/b"));
    assert.throws(() => models.get("local/c"), { code: "model-unknown", hint: /local\/a, local\/b/ });
  }
  assert.equal(disposed, 2);
  await assert.rejects(OpenModels.open(["local/a", "openai/x"], { ...NO_KEYS, openLocal }), {
    code: "model-key-missing",
  });
  assert.equal(disposed, 3, "what was opened before the failure is let go of");
});
