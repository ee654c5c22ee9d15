import { AGGREGATOR_SCOPE } from "../../events/aggregate.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import type { RunLog } from "../../log/run-log.ts";
import { WAITING_RACE, type RaceState } from "../../race/race-state.ts";
import { reduce } from "../../race/reduce.ts";
import { PastRoom } from "../../steps/past-room.ts";
import { TeamPast } from "../../steps/team-past.ts";
import { EffectsFold } from "../effects/effects-fold.ts";
import { LeftCalls, type LeftCall } from "./left-calls.ts";
import { ReceiptFold } from "./receipt.ts";
import { SentInputs } from "./sent-inputs.ts";

/**
 * What a run's log says so far, as far as going on with it needs: all folds over its events, in one reading.
 * Owns: the receipt's totals, and the index of each unfinished team's part. Does not own: what comes of the race
 * from here on.
 */
export class RunPast {
  readonly receipt = new ReceiptFold();
  readonly effects = new EffectsFold();
  readonly inputs = new SentInputs();
  /** What the acceptance has said, in log order. */
  readonly judged: (LoggedEvent & EventOf<"answer-judged">)[] = [];
  readonly #ended = new Set<string>();
  readonly #calls = new LeftCalls();
  readonly #room = new PastRoom();
  #state: RaceState = WAITING_RACE;
  /** Teams that were launched and have not ended, with what the log has of them. */
  readonly #teams = new Map<string, TeamPast>();
  /** What the log has of an aggregation that is under way. */
  #aggregation: TeamPast | undefined;
  #decided = false;
  #finished: (LoggedEvent & EventOf<"run-finished">) | undefined;

  /** Whether `race-decided` is in the log. */
  get decided(): boolean {
    return this.#decided;
  }

  /** The run's last event, where it has ended. */
  get finished(): (LoggedEvent & EventOf<"run-finished">) | undefined {
    return this.#finished;
  }

  /** The race as it stood at the newest event that was recalled. */
  get state(): RaceState {
    return this.#state;
  }

  /** Model calls that the log has begun and not ended. */
  get openCalls(): readonly LeftCall[] {
    return this.#calls.underWay;
  }

  /** Those of them that were under way when their process ended, and that nobody goes on with. */
  get leftCalls(): readonly LeftCall[] {
    const goesOn = (scope: string) =>
      scope === AGGREGATOR_SCOPE ? !this.#decided && this.#state.verdict === undefined : this.isLiving(scope);
    return this.openCalls.filter(({ scope }) => !goesOn(scope));
  }

  /** Whether a team may still act: it has not ended, and there are not answers enough. */
  isLiving(team: string): boolean {
    return !this.#decided && this.#state.aggregating === undefined && !this.#ended.has(team);
  }

  /** Takes in what the log has that is not known yet, and tells each event of it. Throws as `read` does. */
  recall(log: RunLog, tell: (event: LoggedEvent) => void = () => {}): void {
    for (const event of log.read(this.effects.seen + 1)) {
      this.#recall(event);
      tell(event);
    }
  }

  #recall(event: LoggedEvent): void {
    this.count(event);
    [this.#state] = reduce(this.#state, event);
    this.inputs.recall(event);
    this.effects.apply(event);
    if (event.type === "answer-judged") this.judged.push(event);
    if (event.type === "team-finished") this.#ended.add(event.team);
    if (event.type === "team-launched") this.#teams.set(event.team, new TeamPast(this.#room));
    else if (event.type === "team-finished") this.#teams.delete(event.team);
    else this.#teams.get(event.scope)?.apply(event);
    if (event.scope === AGGREGATOR_SCOPE) (this.#aggregation ??= new TeamPast()).apply(event);
  }

  /** Takes in an event of now. */
  count(event: LoggedEvent): void {
    this.receipt.apply(event);
    this.#calls.apply(event);
    if (event.type === "race-decided") this.#decided = true;
    if (event.type === "run-finished") this.#finished = event;
  }

  /** Whether a team of the time before has neither ended nor gone on in this process. */
  isLeft(team: string): boolean {
    return this.#teams.has(team);
  }

  /** What the log has of an aggregation that is to go on, once. */
  takeAggregation(): TeamPast | undefined {
    const past = this.#aggregation;
    this.#aggregation = undefined;
    return past;
  }

  /** What the log has of a team that is to go on, once. */
  take(team: string): TeamPast | undefined {
    const past = this.#teams.get(team);
    this.#teams.delete(team);
    return past;
  }
}
