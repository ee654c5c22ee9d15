import { after } from "node:test";
import type { LanguageModel } from "../../src/model/model.ts";
import { openLocalModel } from "../../src/model/providers/local-model.ts";
import { asking, testWeights } from "../unit/model/providers/local-support.ts";
import { languageModelContract } from "./language-model-contract.ts";

/** Loaded once: it holds nothing of one test that another could see. */
let loaded: Promise<LanguageModel & AsyncDisposable> | undefined;
after(async () => (await loaded)?.[Symbol.asyncDispose]());

languageModelContract("a local model", async () => {
  loaded ??= openLocalModel(await testWeights(), { sequences: 2 });
  return {
    model: await loaded,
    short: asking("Say hello in one word."),
    object: asking("Answer is_request_satisfied."),
    endless: asking("Count from 1 to 5000, in words."),
    failing: asking("too long ".repeat(5000)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
});
