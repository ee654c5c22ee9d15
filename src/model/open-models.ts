import { UsageError } from "../base/errors.ts";
import type { LanguageModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import type { OpenModel, OpenModelOptions } from "./open-model.ts";

/**
 * The open models of a run, by reference; each is opened once, however many teams share it.
 * Owns: the models until it is disposed. Does not own: what they are asked.
 */
export class OpenModels implements AsyncDisposable {
  readonly #models: ReadonlyMap<string, OpenModel>;

  private constructor(models: ReadonlyMap<string, OpenModel>) {
    this.#models = models;
  }

  /** Opens them all, or none. Throws as `openModel` does. */
  static async open(references: readonly string[], options: OpenModelOptions): Promise<OpenModels> {
    const names = [...new Set(references)];
    const opened = await Promise.allSettled(names.map((name) => openModel(name, options)));
    const models = new Map<string, OpenModel>();
    opened.forEach((each, index) => {
      const name = names[index];
      if (each.status === "fulfilled" && name !== undefined) models.set(name, each.value);
    });
    const all = new OpenModels(models);
    const failed = opened.find((each) => each.status === "rejected");
    if (!failed) return all;
    await all[Symbol.asyncDispose]();
    throw failed.reason;
  }

  /** Throws `UsageError` (`model-unknown`) naming those that are open. */
  get(reference: string): LanguageModel {
    const model = this.#models.get(reference);
    if (model) return model;
    throw new UsageError("model-unknown", `The model ${reference} isn't part of this run.`, {
      hint: `It has ${[...this.#models.keys()].join(", ") || "none"}.`,
    });
  }

  /** Lets go of loaded weights; what is still streaming should have been aborted before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#models.values()].map(async (model) => await model[Symbol.asyncDispose]?.()));
  }
}
