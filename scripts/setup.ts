// `npm run setup`: tells what it will fetch and install, then does what is missing, and nothing twice.
import { parseArgs } from "node:util";
import { realClock } from "../src/base/clock.ts";
import { M1Error, describeError, UsageError } from "../src/base/errors.ts";
import { readRecordedRace } from "../src/cli/recorded-race.ts";
import { replay } from "../src/cli/replay.ts";
import { processTerminal } from "../src/cli/terminal.ts";
import { localModels, type LocalModel } from "../src/model/local-weights.ts";
import { loadConfiguration } from "../src/run/configuration.ts";
import { sandboxVerdict } from "../src/tools/sandbox/open-sandbox.ts";
import { modelWeights } from "./setup/model-weights.ts";
import { pythonPackages } from "./setup/python-packages.ts";
import { runSetup } from "./setup/run-setup.ts";
import { systemPackages } from "./setup/system-packages.ts";

const HELP = `npm run setup [-- OPTIONS]

  --for start      only what \`npm start\` needs
  --for test       only what \`npm test\` needs
  --model NAME     these local models instead (may be repeated): ${localModels.map((model) => model.name).join(", ")}
  --no-models      no local model at all

M1P_CACHE_DIR names another place for what is fetched, M1P_PYTHON another Python.`;

/** A race takes longer than the weights do. */
const REPLAY_SPEED = 3;

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
const say = (text: string) => void process.stdout.write(`${text}\n`);

try {
  await main();
} catch (error) {
  const hint = error instanceof M1Error && error.hint ? `\n${error.hint}` : "";
  process.stderr.write(
    stop.signal.aborted ? "\nStopped. The next setup goes on from here.\n" : `\n${describeError(error)}${hint}\n`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      for: { type: "string" },
      model: { type: "string", multiple: true },
      "no-models": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return say(HELP);
  const models = values["no-models"] ? [] : chosenModels(values.for, values.model);
  const { configuration } = await loadConfiguration(process.cwd());
  const packages = configuration.python?.packages ?? [];
  const { env: environment } = process;
  const tasks = [
    systemPackages(environment),
    pythonPackages(environment, packages),
    ...models.map((model) => modelWeights(model, { environment, packages, ...(model.default ? { meanwhile } : {}) })),
  ];
  await runSetup(tasks, say, stop.signal);
  await assertSandbox(environment);
}

/** Something to look at while the weights come: a race as it really was, with its model. */
function meanwhile(signal: AbortSignal): Promise<void> {
  const race = readRecordedRace(new URL("../examples/recorded-race.jsonl", import.meta.url));
  return replay(race, processTerminal(), { clock: realClock, speed: REPLAY_SPEED, signal });
}

/** What is installed may still be forbidden here: then a person must hear it now, not at the first race. */
async function assertSandbox(environment: NodeJS.ProcessEnv): Promise<void> {
  const verdict = await sandboxVerdict(environment["PATH"] ?? "");
  if (!verdict.ready) throw new UsageError("sandbox-missing", verdict.problem, { hint: verdict.hint });
  if (verdict.note) say(`The sandbox of this system is ${verdict.note}.`);
}

/** Without a wish: the demo's model and those that tests run on. */
function chosenModels(purpose: string | undefined, names: readonly string[] | undefined): readonly LocalModel[] {
  if (names) return names.map(modelNamed);
  if (purpose === "start") return localModels.filter((model) => model.default);
  if (purpose === "test") return localModels.filter((model) => model.tests);
  if (purpose === undefined) return localModels.filter((model) => model.default || model.tests);
  throw new UsageError("setup-purpose", `Setup knows no purpose "${purpose}".`, { hint: HELP });
}

function modelNamed(name: string): LocalModel {
  const model = localModels.find((known) => known.name === name);
  if (model) return model;
  throw new UsageError("model-unknown", `There is no local model "${name}".`, { hint: HELP });
}
