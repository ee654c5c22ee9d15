import type { EventOf } from "../../events/run-event.ts";
import type { ModelAbilities } from "../../events/model-call.ts";

/** A way of getting a structured reply, best first: enforced schema, forced tool call, the prompt's wording. */
export type Rung = EventOf<"ledger-rejected">["rung"];

/** So many unusable replies in a row and the rung is taken to be ignored by the endpoint. */
const IGNORED = 2;

/**
 * What one team has found out about getting structured replies from one model.
 * Owns: which rungs are left, and the counts of failures. Does not own: the asking.
 * Invariants: 1. `json` is always left; 2. a rung that was refused is never asked again; 3. it
 * changes by recorded results alone, so a resumed team climbs the same rungs (S1). One a team and
 * model: sharing it between teams would make what one asks depend on another's timing.
 */
export class LadderMemory {
  readonly #left: Set<Rung>;
  readonly #inARow = new Map<Rung, number>();
  readonly #rejections = new Map<Rung, number>();
  #unusable = 0;

  constructor(abilities: Pick<ModelAbilities, "schema" | "tool">) {
    const rungs: readonly (Rung | false)[] = [abilities.schema && "schema", abilities.tool && "tool", "json"];
    this.#left = new Set(rungs.filter((rung) => rung !== false));
  }

  /** The rungs worth asking, best first. */
  get rungs(): readonly Rung[] {
    return [...this.#left];
  }

  /** Unusable replies by rung. */
  get rejections(): ReadonlyMap<Rung, number> {
    return this.#rejections;
  }

  /** Questions that ended without a usable reply on any rung. */
  get unusable(): number {
    return this.#unusable;
  }

  /** The endpoint refuses to be asked this way. */
  refused(rung: Rung): void {
    if (rung !== "json") this.#left.delete(rung);
  }

  /** A reply by this rung was unusable; `misshapen` where its form was at fault, not what it said. */
  rejected(rung: Rung, misshapen: boolean): void {
    this.#rejections.set(rung, (this.#rejections.get(rung) ?? 0) + 1);
    if (!misshapen) return;
    const inARow = (this.#inARow.get(rung) ?? 0) + 1;
    this.#inARow.set(rung, inARow);
    if (inARow >= IGNORED) this.refused(rung);
  }

  succeeded(rung: Rung): void {
    this.#inARow.delete(rung);
  }

  /** A question had no usable reply at all. */
  failed(): void {
    this.#unusable += 1;
  }
}
