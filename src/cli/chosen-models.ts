import { realClock } from "../base/clock.ts";
import { chooseModel } from "../model/default-model.ts";
import { parseModelList } from "../model/model-reference.ts";
import { localModelNames } from "../run/local-models.ts";
import type { Settings } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** The models of a run; without a setting the first that is here, and it is said which, before it spends. */
export async function chosenModels(settings: Settings, terminal: Terminal): Promise<readonly string[]> {
  if (settings.model.value !== undefined) return parseModelList(settings.model.value);
  const { environment } = terminal;
  const choice = await chooseModel({
    env: environment,
    clock: realClock,
    localModels: () => localModelNames(environment),
  });
  terminal.stderr.write(`No model was named, so ${choice.reference} is taken. ${choice.why}\n`);
  return [choice.reference];
}
