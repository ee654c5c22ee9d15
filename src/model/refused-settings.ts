import type { StreamSettings } from "./model.ts";

/** What a call can do without, in the words of messages to people. */
export type OptionalSetting = "seed" | "temperature" | "schema" | "usage";

/** How endpoints name these settings when they object to one. */
const WORDS: Record<OptionalSetting, RegExp> = {
  seed: /\bseed\b/i,
  temperature: /temperature/i,
  schema: /response_format|json_?schema|structured|schema/i,
  usage: /stream_options|include_usage/i,
};
/** A refusal that names nothing may have had another cause; a second one, with no success between, makes it sure. */
const SURE = 2;

/**
 * What one model's endpoint was found to refuse.
 * Owns: the count of refusals by setting. Does not own: the retry that finds them out.
 * Invariant: a setting is left out from the start only after a call succeeded without it, having
 * been refused with it: once if the endpoint named it, twice if not, and never accepted between.
 */
export class RefusedSettings {
  readonly #refusals = new Map<OptionalSetting, number>();

  /** What is left out of every call. */
  get leftOut(): ReadonlySet<OptionalSetting> {
    return new Set([...this.#refusals].filter(([, count]) => count >= SURE).map(([setting]) => setting));
  }

  /** The settings of a refused call that may be to blame: those the endpoint's words name, else all there were. */
  suspects(settings: StreamSettings, leftOut: ReadonlySet<OptionalSetting>, words: string): OptionalSetting[] {
    const present = presentIn(settings).filter((setting) => !leftOut.has(setting));
    const named = present.filter((setting) => WORDS[setting].test(words));
    return named.length > 0 ? named : present;
  }

  /** A call with these settings succeeded: what was held against them had another cause. */
  accepted(settings: StreamSettings, leftOut: ReadonlySet<OptionalSetting>): void {
    for (const setting of presentIn(settings)) if (!leftOut.has(setting)) this.#refusals.delete(setting);
  }

  /** A call that was refused with these settings succeeded without them. */
  confirm(settings: readonly OptionalSetting[], words: string): void {
    for (const setting of settings) {
      const weight = WORDS[setting].test(words) ? SURE : 1;
      this.#refusals.set(setting, (this.#refusals.get(setting) ?? 0) + weight);
    }
  }
}

function presentIn(settings: StreamSettings): OptionalSetting[] {
  const present: OptionalSetting[] = ["usage"];
  if (settings.seed !== undefined) present.push("seed");
  if (settings.temperature !== undefined) present.push("temperature");
  if (settings.format.kind === "schema") present.push("schema");
  return present;
}

/** The settings without those left out; a schema gives way to the prompt's wording. */
export function without(settings: StreamSettings, leftOut: ReadonlySet<OptionalSetting>): StreamSettings {
  const { seed, temperature, format, ...rest } = settings;
  return {
    ...rest,
    format: leftOut.has("schema") && format.kind === "schema" ? { kind: "json" } : format,
    ...(seed === undefined || leftOut.has("seed") ? {} : { seed }),
    ...(temperature === undefined || leftOut.has("temperature") ? {} : { temperature }),
  };
}
