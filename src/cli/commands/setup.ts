import { CancelScope } from "../../base/abort.ts";
import { realClock } from "../../base/clock.ts";
import { UsageError } from "../../base/errors.ts";
import { localModels, type LocalModel } from "../../model/local-weights.ts";
import { hasLocalEngine, localEngineMissing } from "../../model/providers/local-engine.ts";
import { sandboxVerdict } from "../../tools/sandbox/open-sandbox.ts";
import { EXIT } from "../exit-codes.ts";
import { readRecordedRace } from "../replay/recorded-race.ts";
import { LabelledLines, replay } from "../replay/replay.ts";
import { settingsOf } from "../flags/settings.ts";
import { modelWeights } from "../setup/model-weights.ts";
import { pythonPackages } from "../setup/python-packages.ts";
import { runSetup } from "../setup/run-setup.ts";
import { systemPackages } from "../setup/system-packages.ts";
import type { Terminal } from "../terminal.ts";

export interface SetupFlags {
  /** Local models by name, instead of the default one. */
  readonly model?: readonly string[];
  /** False: no local model at all. */
  readonly models?: boolean;
  /** Also the models that the project's own tests run on. */
  readonly forTests?: true;
}

/** A race takes longer than the weights do. */
const REPLAY_SPEED = 3;

/**
 * `m1p setup`: tells what it will fetch and install, then does what is missing, and nothing twice. A
 * stop loses nothing: the next setup goes on from there. Throws `UsageError` with what a person can do.
 */
export async function setup(flags: SetupFlags, terminal: Terminal): Promise<number> {
  const models = chosenModels(flags);
  if (models.length > 0) assertLocalEngine();
  const { environment } = terminal;
  const packages = (await settingsOf({}, terminal)).pythonPackages.value;
  const meanwhile = (signal: AbortSignal) => showRecordedRace(terminal, signal);
  const tasks = [
    systemPackages(environment),
    pythonPackages(environment, packages),
    ...models.map((model) => modelWeights(model, { environment, packages, ...(model.default ? { meanwhile } : {}) })),
  ];
  const say = (text: string) => void terminal.stdout.write(`${text}\n`);
  const stop = new CancelScope();
  const onSignal = () => stop.cancel();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, onSignal);
  try {
    await runSetup(tasks, say, stop.signal);
    await assertSandbox(terminal, say);
    return EXIT.answered;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    terminal.stderr.write("\nStopped. The next setup goes on from here.\n");
    return EXIT.cancelled;
  } finally {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, onSignal);
  }
}

/** Something to look at while the weights come: a race as it really was, with its model. */
async function showRecordedRace(terminal: Terminal, signal: AbortSignal): Promise<void> {
  await replay(readRecordedRace(), new LabelledLines(terminal), { clock: realClock, speed: REPLAY_SPEED, signal });
}

/** What is installed may still be forbidden here: then a person must hear it now, not at the first race. */
async function assertSandbox({ environment }: Terminal, say: (text: string) => void): Promise<void> {
  const verdict = await sandboxVerdict(environment);
  if (!verdict.ready) throw new UsageError("sandbox-missing", verdict.problem, { hint: verdict.hint });
  if (verdict.note) say(`The sandbox of this system is ${verdict.note}.`);
}

/** Weights without what runs them are of no use: that is said before anything is fetched. */
function assertLocalEngine(): void {
  if (hasLocalEngine()) return;
  const { code, message, hint } = localEngineMissing();
  throw new UsageError(code, message, {
    hint: `${hint}, then run setup again. To do without a local model: m1p setup --no-models`,
  });
}

function chosenModels({ model, models, forTests }: SetupFlags): readonly LocalModel[] {
  if (models === false) return [];
  if (model) return model.map(modelNamed);
  return localModels.filter((each) => each.default || (forTests && each.tests));
}

function modelNamed(name: string): LocalModel {
  const model = localModels.find((known) => known.name === name);
  if (model) return model;
  const names = localModels.map((known) => known.name).join(", ");
  throw new UsageError("model-unknown", `There is no local model "${name}".`, { hint: `Take one of ${names}.` });
}
