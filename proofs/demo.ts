import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../src/base/errors.ts";
import { matchesKnownAnswer, readDemoQuestion, type DemoQuestion } from "../src/cli/demo.ts";
import { installedModels } from "../src/model/local-weights.ts";
import { magenticOne } from "../src/run/line-up/magentic-one.ts";
import { race } from "../src/run/race.ts";
import type { Proof, ProofContext } from "../scripts/proof/proof.ts";

const TEAMS = 3;
const RACES = 20;
const WANTED_RATE = 0.9;

interface Raced {
  readonly answer: string | null;
  readonly right: boolean;
  readonly seconds: number;
  readonly winner: string | null;
  readonly calls: number;
  readonly tokens: number;
}

/** How often `npm start` gives the right answer: real races of the default local model, each with a seed of its own. */
const proof: Proof = async (context) => {
  const question = readDemoQuestion(fileURLToPath(new URL("../examples/question.json", import.meta.url)));
  const [model] = await installedModels(process.env);
  if (model === undefined) throw new UsageError("model-none", "There is no local model.", { hint: "npm run setup" });
  const dataDir = await mkdtemp(path.join(tmpdir(), "m1p-proof-"));
  const raced: Raced[] = [];
  try {
    for (let index = 0; index < RACES; index += 1) {
      raced.push(await raceOnce(question, `local/${model}`, dataDir, `demo-${index + 1}`, context));
      const last = raced.at(-1);
      context.say(
        `${index + 1} of ${RACES}: ${last?.right ? "right" : "WRONG"}, ${last?.seconds.toFixed(1)} s, ${last?.answer ?? "no answer"}`,
      );
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  return pageOf(raced, question, model);
};
export default proof;

async function raceOnce(
  { question, file, answer: known }: DemoQuestion,
  model: string,
  dataDir: string,
  seed: string,
  { signal }: ProofContext,
): Promise<Raced> {
  const run = race({
    task: { prompt: question, files: [file] },
    teams: magenticOne({ model }).times(TEAMS),
    seed,
    dataDir,
    signal,
  });
  const { answer, winner, latencyMs, usage } = await run.receipt;
  signal.throwIfAborted();
  const right = answer !== null && matchesKnownAnswer(answer, known);
  return { answer, right, seconds: latencyMs / 1_000, winner, calls: usage.calls, tokens: usage.tokens };
}

function pageOf(raced: readonly Raced[], { question }: DemoQuestion, model: string) {
  const right = raced.filter((each) => each.right).length;
  const answered = raced.filter((each) => each.answer !== null).length;
  const seconds = raced.map((each) => each.seconds).toSorted((one, other) => one - other);
  const at = (share: number) => (seconds[Math.floor(share * (seconds.length - 1))] ?? Number.NaN).toFixed(1);
  return {
    title: "How often the demo is right",
    summary:
      `${RACES} races of ${TEAMS} teams of local/${model} (orchestrator mode: rules) on the question of \`npm start\`: “${question}” ` +
      `Right: ${right} of ${raced.length}; no answer: ${raced.length - answered}. An answer is right when it has the region and the number to within 0.01. ` +
      "The worked examples in the Coder's prompt were chosen with questions about this table among those tried, so expect lower rates on questions of other shapes. " +
      "Seconds are from the start of the run to race-decided, the loading of the model not counted.",
    holds: right / raced.length >= WANTED_RATE,
    tables: [
      {
        heading: "Rate and time",
        columns: ["right", "wrong", "no answer", "fastest s", "median s", "slowest s"],
        rows: [[right, answered - right, raced.length - answered, at(0), at(0.5), at(1)]],
      },
      {
        heading: "Each race",
        columns: ["race", "winner", "s", "model calls", "tokens", "right", "answer"],
        rows: raced.map((each, index) => [
          index + 1,
          each.winner ?? "",
          each.seconds.toFixed(1),
          each.calls,
          each.tokens,
          each.right ? "yes" : "no",
          (each.answer ?? "").slice(0, 120),
        ]),
      },
    ],
  };
}
