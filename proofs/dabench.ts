import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { UsageError } from "../src/base/errors.ts";
import { loadDabench, scoreDabench, type DabenchQuestion } from "../src/bench/index.ts";
import { jsonLines } from "../src/bench/json-lines.ts";
import { teamRunsOf, type TeamRun } from "../src/bench/recorded/team-runs.ts";
import type { LoggedEvent } from "../src/events/run-event.ts";
import { installedModels } from "../src/model/local-weights.ts";
import { magenticOne } from "../src/run/line-up/magentic-one.ts";
import { race } from "../src/run/race.ts";
import { PROMPT_VERSION } from "../src/team/magentic-one/prompts/prompt-version.ts";
import { ARMS, type Arm } from "./dabench/arms.ts";
import { pageOf } from "./dabench/page.ts";
import { asRecordedRuns, racedSchema, type Raced } from "./dabench/raced.ts";
import type { Proof, ProofContext } from "../scripts/proof/proof.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** In every arm alike: a race that takes longer is judged by the answers that are there. */
const DEADLINE_SECONDS = 60;

/**
 * One team against three on questions about tables, by a local model: real races. What was raced is appended to a
 * file as it goes, so that a killed proof goes on where it was.
 *
 *     npm run proof -- dabench [--questions 30] [--model NAME] [--deadline SECONDS] [--data FOLDER] [--races FILE]
 *
 * `--data` is a copy of DABench; default: its first 30 questions, which come with the tests.
 */
const proof: Proof = async (context) => {
  const settings = await settingsOf(context.arguments);
  const questions = (await loadDabench(settings.data)).slice(0, settings.questions);
  const known = await readRaces(settings);
  context.say(
    `${questions.length} questions, ${ARMS.length} arms, local/${settings.model}; ${known.length} races are known.`,
  );
  const raced = await raceAll(questions, known, settings, context);
  const runs = asRecordedRuns(raced).map((run) => `${JSON.stringify(run)}\n`);
  await writeFile(settings.races.replace(/(-races)?\.jsonl$/, "-runs.jsonl"), runs.join(""));
  return pageOf(questions, raced, { ...settings, resumed: known.length });
};
export default proof;

interface Settings {
  readonly data: string;
  readonly questions: number;
  readonly model: string;
  readonly deadlineMs: number;
  readonly races: string;
}

async function settingsOf(given: readonly string[]): Promise<Settings> {
  const text = { type: "string" } as const;
  const options = { data: text, questions: text, model: text, deadline: text, races: text };
  const { values } = parseArgs({ args: [...given], options });
  const [installed] = await installedModels(process.env);
  const model = values.model ?? installed;
  if (model === undefined) throw new UsageError("model-none", "There is no local model.", { hint: "npm run setup" });
  return {
    data: values.data ?? path.join(ROOT, "test/fixtures/dabench"),
    questions: Number(values.questions ?? 30),
    model,
    deadlineMs: Number(values.deadline ?? DEADLINE_SECONDS) * 1_000,
    races: path.resolve(values.races ?? path.join(ROOT, "docs/results/dabench-races.jsonl")),
  };
}

/** Races of the same model and prompts that an earlier process recorded. */
async function readRaces({ races: file, model, deadlineMs }: Settings): Promise<readonly Raced[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  // A process that was killed may have left half a line.
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole !== text) await writeFile(file, whole);
  return jsonLines(whole, racedSchema, path.basename(file)).filter(
    (each) => each.model === model && each.promptVersion === PROMPT_VERSION && each.deadlineMs === deadlineMs,
  );
}

/** Question by question, so that a slower hour of the machine meets all arms alike. */
async function raceAll(
  questions: readonly DabenchQuestion[],
  known: readonly Raced[],
  settings: Settings,
  context: ProofContext,
): Promise<readonly Raced[]> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "m1p-proof-"));
  await mkdir(path.dirname(settings.races), { recursive: true });
  const raced: Raced[] = [];
  try {
    for (const [index, question] of questions.entries()) {
      for (const arm of ARMS) {
        const before = known.find((each) => each.question === question.id && each.arm === arm.name);
        const one = before ?? (await raceOnce(question, arm, { ...settings, dataDir }, context));
        if (!before) await appendFile(settings.races, `${JSON.stringify(one)}\n`);
        raced.push(one);
        if (!before) context.say(`${index + 1} of ${questions.length}, question ${question.id}, ${lineOf(one)}`);
      }
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  return raced;
}

async function raceOnce(
  { id, prompt, file, truth }: DabenchQuestion,
  arm: Arm,
  { model, deadlineMs, dataDir }: Settings & { readonly dataDir: string },
  { signal }: ProofContext,
): Promise<Raced> {
  const run = race({
    task: { prompt, files: [file] },
    teams: magenticOne({ model: `local/${model}` }).times(arm.teams),
    policy: arm.policy(),
    aggregate: arm.aggregate,
    deadlineMs,
    seed: `dabench-${id}-${arm.name}`,
    dataDir,
    signal,
  });
  const events: LoggedEvent[] = [];
  for await (const event of run.events) events.push(event);
  const { outcome, answer, winner, latencyMs, usage, teams } = await run.receipt;
  signal.throwIfAborted();
  const isRight = (given: string | null | undefined) => typeof given === "string" && scoreDabench(given, truth);
  const runs = teamRunsOf(events).map((each: TeamRun) => ({ ...each, right: isRight(each.answer) }));
  const modes = [...new Set(teams.map(({ mode }) => mode ?? "none"))];
  const circumstances = { model, promptVersion: PROMPT_VERSION, deadlineMs };
  const result = { outcome, answer, winner, right: isRight(answer), seconds: latencyMs / 1_000 };
  const cost = { calls: usage.calls, tokens: usage.tokens };
  return racedSchema.parse({ question: id, arm: arm.name, ...circumstances, ...result, ...cost, modes, runs });
}

function lineOf({ arm, right, answer, seconds, outcome }: Raced): string {
  return `${arm}: ${right ? "right" : "wrong"}, ${seconds.toFixed(1)} s, ${answer?.replaceAll("\n", " ") ?? outcome}`;
}
