import { realClock } from "../../base/clock.ts";
import { parseModelList } from "../../model/model-reference.ts";
import { defaultModel } from "../../run/line-up/default-model.ts";
import type { Settings } from "./settings.ts";
import type { Terminal } from "../terminal.ts";

/** The models of a run; without a setting the first that is here, and it is said which. */
export async function chosenModels(settings: Settings, terminal: Terminal): Promise<readonly string[]> {
  if (settings.model.value !== undefined) return parseModelList(settings.model.value);
  const { environment } = terminal;
  const choice = await defaultModel(environment, realClock);
  terminal.stderr.write(`No model was named, so ${choice.reference} is taken. ${choice.why}\n`);
  return [choice.reference];
}
