import { withoutPlace, type EventOf, type LoggedEvent, type RunEvent, type Scope } from "../../events/run-event.ts";
import { commitOf } from "../effects/effect-names.ts";
import { EffectsFold } from "../effects/effects-fold.ts";
import type { Cut } from "./cut.ts";

/** An event for a new run's log. */
export interface CopiedEvent {
  readonly scope: Scope;
  readonly event: RunEvent;
}

/** What the run's own scope has that belongs to teams' parts. */
type Effects = EventOf<"effect-started" | "effect-finished" | "question-asked" | "question-answered">;

/**
 * What a new run's log begins with behind its `run-started`: the teams' parts up to the cut. A step that had not
 * ended there is left out, so that it begins anew. Effects stay performed: those of permits, also later ones, since
 * the new run may ask for the same; those that were staged before the cut and have been committed, or are in doubt.
 * What surely was not done is left out: the new run may yet do it.
 * Owns: what of the first run's events is taken along. Does not own: the events, which are read again where they are
 * wanted, so that a long run need not fit into memory.
 */
export class CopiedEvents {
  readonly #cut: Cut;
  readonly #read: () => Iterable<LoggedEvent>;
  /** The newest event that ends each step before the cut. */
  readonly #ends = new Map<string, number>();
  /** The staged calls that are taken, as the effects by which they are committed. */
  readonly #commits = new Set<string>();
  readonly #effects = new EffectsFold();
  readonly #begun = new Set<string>();

  /** `read` gives the first run's events, from the first on, each time it is called. */
  constructor(cut: Cut, read: () => Iterable<LoggedEvent>) {
    this.#cut = cut;
    this.#read = read;
    for (const event of read()) this.#index(event);
  }

  /** Whether any team did something that its prompt may stand in. */
  get haveActed(): boolean {
    return this.#begun.size > 0;
  }

  count(): number {
    let count = 0;
    for (const event of this.#read()) if (this.#takes(event)) count += 1;
    return count;
  }

  *[Symbol.iterator](): Generator<CopiedEvent, void, void> {
    for (const logged of this.#read()) {
      if (this.#takes(logged)) yield { scope: logged.scope, event: withoutPlace(logged) };
    }
  }

  #index(event: LoggedEvent): void {
    this.#effects.apply(event);
    if (!this.#isBefore(event)) return;
    if (event.type === "step-started") this.#begun.add(event.key);
    if (event.type !== "step-finished" || event.status === "aborted") return;
    this.#ends.set(event.key, event.seq);
    if (event.staged === true) this.#commits.add(commitOf(event.key));
  }

  /** Of a team that goes on, and before its cut. */
  #isBefore(event: LoggedEvent): boolean {
    return this.#cut.teams.has(event.scope) && event.seq < this.#cut.before(event.scope);
  }

  #takes(event: LoggedEvent): boolean {
    switch (event.type) {
      case "effect-started":
      case "effect-finished":
      case "question-asked":
      case "question-answered":
        return this.#takesEffect(event);
      case "answer-judged":
      case "input-sent":
        return this.#cut.teams.has(event.team) && event.seq < this.#cut.before(event.team);
      case "step-started":
        return this.#isBefore(event) && this.#ends.has(event.key);
      case "step-restarted":
        return false;
      case "step-finished":
        return this.#isBefore(event) && this.#ends.get(event.key) === event.seq;
      case "proposal-answered":
        return this.#isBefore(event) && event.key !== this.#cut.continued.get(event.scope);
      case "team-finished":
        return this.#isBefore(event) && !this.#cut.reopened.has(event.team);
      default:
        return this.#isBefore(event);
    }
  }

  #takesEffect(event: Effects): boolean {
    if (event.type === "effect-started" || event.type === "effect-finished") return this.#isTaken(event.effect);
    const subject = this.#effects.question(event.question)?.subject;
    return subject !== undefined && this.#isTaken(subject);
  }

  #isTaken(effect: string): boolean {
    if (effect.startsWith("permit:")) return true;
    const state = this.#effects.effect(effect)?.state;
    return this.#commits.has(effect) && state !== "failed" && state !== "skipped";
  }
}
