import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realClock } from "../../src/base/clock.ts";
import { openModel } from "../../src/model/open-model.ts";
import { ScriptedModel } from "../../src/testing/scripted-model.ts";
import { startScriptedModel } from "../fixtures/scripted-model/start.ts";
import { languageModelContract } from "./language-model-contract.ts";
import type { ModelUnderContract } from "./language-model-contract.ts";

const OBJECT = JSON.stringify({ is_request_satisfied: { reason: "done", answer: true } });

function asking(words: string): ModelUnderContract["short"] {
  return [{ role: "user", content: words }];
}

languageModelContract("the OpenAI-compatible provider", async () => {
  const server = await startScriptedModel({
    models: {
      sim: {
        rounds: 1,
        ttft_frac: 0,
        latency_by_kind: { plan: 600_000 },
        faults: [{ kind: "facts", count: 9, type: "http", status: 500 }],
      },
    },
  });
  return {
    model: await openModel(`${server.url}#sim`, { env: {}, clock: realClock }),
    short: asking("Report."),
    object: asking("Answer is_request_satisfied."),
    endless: asking("Make a bullet-point plan."),
    failing: asking("Make a pre-survey."),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

languageModelContract("a rehearsal's script", async () => {
  const folder = await mkdtemp(join(tmpdir(), "m1p-script-"));
  const replies = [
    { match: "Report", text: "Nothing unusual was found.", repeat: true },
    { match: "is_request_satisfied", text: OBJECT },
    { match: "plan", text: "- never", delayMs: 600_000 },
  ];
  await writeFile(join(folder, "script.json"), JSON.stringify({ replies }));
  return {
    model: await openModel(`scripted/${join(folder, "script.json")}`, { env: {}, clock: realClock }),
    short: asking("Report."),
    object: asking("Answer is_request_satisfied."),
    endless: asking("Make a plan."),
    failing: asking("Something else."),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});

languageModelContract("the scripted model for tests", () =>
  Promise.resolve({
    model: new ScriptedModel([
      { match: ["Report"], text: "Nothing unusual was found.", repeat: true },
      { match: ["is_request_satisfied"], text: OBJECT },
      { match: ["plan"], text: "- never", after: "never" },
    ]),
    short: asking("Report."),
    object: asking("Answer is_request_satisfied."),
    endless: asking("Make a plan."),
    failing: asking("Something else."),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
);
