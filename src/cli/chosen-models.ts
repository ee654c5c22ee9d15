import { realClock } from "../base/clock.ts";
import { parseModelList, parseModelReference } from "../model/model-reference.ts";
import { priceOf } from "../model/price.ts";
import { defaultModel } from "../run/default-model.ts";
import type { Settings } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** The models of a run; without a setting the first that is here, and it is said which, before it spends. */
export async function chosenModels(settings: Settings, terminal: Terminal): Promise<readonly string[]> {
  if (settings.model.value !== undefined) return parseModelList(settings.model.value);
  const { environment } = terminal;
  const choice = await defaultModel(environment, realClock);
  const price = await describePrice(choice.reference);
  terminal.stderr.write(`No model was named, so ${choice.reference} is taken. ${choice.why} ${price}\n`);
  return [choice.reference];
}

/** What it may cost: by the price list, and how to keep it within bounds. */
async function describePrice(reference: string): Promise<string> {
  const parts = parseModelReference(reference);
  if (parts.kind !== "hosted") return "It costs nothing.";
  const price = await priceOf({ provider: parts.provider, model: parts.model });
  const bounds = "--budget-usd and --budget-tokens set a limit for all teams together.";
  if (!price) return `Its price is not known here. ${bounds}`;
  return `It costs $${price.input} a million tokens in and $${price.output} out. ${bounds}`;
}
