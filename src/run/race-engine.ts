import { CancelScope } from "../base/abort.ts";
import { sleep, type Clock, type StopTimer } from "../base/clock.ts";
import { Cancelled, M1Error } from "../base/errors.ts";
import { RUN_SCOPE, type EventOf, type LoggedEvent, type RunEvent, type Verdict } from "../events/run-event.ts";
import { LogFenced, type RunLog, type ScopeWriter } from "../log/run-log.ts";
import { WAITING_RACE, type RaceDecision, type RaceState } from "../race/race-state.ts";
import { reduce } from "../race/reduce.ts";
import type { Team } from "../team/team.ts";
import { ReceiptFold } from "./receipt.ts";
import { TeamHost, type TeamQuarters } from "./team-host.ts";

/** How long a run waits for all to be quiet before it says what still lives (promise R3). */
const QUIET_LIMIT_MS = 500;

export interface RaceEngineOptions {
  readonly log: RunLog;
  readonly clock: Clock;
  /** The line-up, by name. */
  readonly teams: ReadonlyMap<string, Team>;
  readonly start: EventOf<"run-started">;
  /** Makes workspace and door of a team that is launched. */
  readonly furnish: (team: string, writer: ScopeWriter, signal: AbortSignal) => Promise<TeamQuarters>;
}

/**
 * Owns: the live race: feeds every logged event to the reducer and does what it decides. Does not
 * own: the log's store, models, tools; these are closed by whoever made them.
 * Invariants: 1. the reducer alone decides, from logged events alone; 2. exactly one `race-decided`
 * (R1), appended before any loser's end; 3. losers are aborted at the decision, the result is given
 * when the decision is durable, without waiting for them; `run-finished` is the last event (R3).
 */
export class RaceEngine {
  readonly #options: RaceEngineOptions;
  readonly #scope: CancelScope;
  readonly #hosts = new Map<string, TeamHost>();
  readonly #receipt = new ReceiptFold();
  readonly #result = Promise.withResolvers<Verdict>();
  readonly #finished = Promise.withResolvers<EventOf<"run-finished">>();
  #state: RaceState = WAITING_RACE;
  #writer: ScopeWriter | undefined;
  #stopDeadline: StopTimer = () => {};
  #fenced = false;

  constructor(options: RaceEngineOptions) {
    this.#options = options;
    this.#scope = new CancelScope();
    // Whoever does not ask for one of the two must not be punished with an unhandled rejection.
    this.#result.promise.catch(() => {});
    this.#finished.promise.catch(() => {});
    for (const [name, team] of options.teams) {
      const turns = () => this.#state.teams.find((each) => each.team === name)?.turns ?? 0;
      this.#hosts.set(name, new TeamHost(name, team, this.#scope.signal, turns));
    }
  }

  /** Resolves at `race-decided`. Rejects when the run itself cannot go on (its log fails). */
  get result(): Promise<Verdict> {
    return this.#result.promise;
  }

  /** Resolves with the last event of the run. Rejects as `result` does. */
  get finished(): Promise<EventOf<"run-finished">> {
    return this.#finished.promise;
  }

  async start(): Promise<void> {
    const { log, start, clock } = this.#options;
    log.subscribe((event) => this.#onEvent(event));
    this.#writer = await log.acquire(RUN_SCOPE);
    await this.#writer.append([start]);
    const { deadlineMs } = start.limits;
    if (deadlineMs === undefined) return;
    this.#stopDeadline = clock.timer(deadlineMs, () => this.#append({ type: "deadline-passed", deadlineMs }));
  }

  /** Ends the race without an answer, as a decision of a person. After the decision it changes nothing. */
  cancel(reason: string): void {
    if (!this.#state.verdict) this.#append({ type: "cancel-requested", reason });
  }

  #onEvent(event: LoggedEvent): void {
    try {
      this.#apply(event);
    } catch (error) {
      // A fault of ours: a run that nobody decides any more must not look like one that works.
      this.#fail(error);
    }
  }

  #apply(event: LoggedEvent): void {
    this.#receipt.apply(event);
    const [state, decisions] = reduce(this.#state, event);
    this.#state = state;
    for (const decision of decisions) this.#perform(decision);
  }

  #perform(decision: RaceDecision): void {
    if (decision.type === "launch") this.#launch(decision.team).catch((error: unknown) => this.#failTeam(error));
    else this.#finish(decision.verdict).catch((error: unknown) => this.#fail(error));
  }

  async #launch(team: string): Promise<void> {
    const host = this.#hosts.get(team);
    if (!host) throw new M1Error("team-unknown", `The race has no ${team} to launch.`);
    const writer = await this.#options.log.acquire(team);
    await host.launch(writer, (signal) => this.#options.furnish(team, writer, signal));
  }

  async #finish(verdict: Verdict): Promise<void> {
    const { clock, start } = this.#options;
    const decided = clock.monotonic();
    this.#stopDeadline();
    const durable = this.#writer?.append([{ type: "race-decided", ...verdict }]);
    // Aborting need not wait for the commit: the decision follows from what is already in the log.
    this.#scope.cancel(stopReason(verdict));
    await durable;
    this.#result.resolve(verdict);
    const stillAlive = await this.#becomeQuiet();
    // Taking over the teams' scopes fences off whatever still lives: nothing follows `run-finished`.
    this.#fenced = true;
    await Promise.all([...this.#hosts.keys()].map((team) => this.#options.log.acquire(team)));
    const quiet = { quietMs: Math.round(clock.monotonic() - decided), stillAlive };
    const last = this.#receipt.finish(start.runId, verdict, quiet, clock.now());
    await this.#writer?.append([last]);
    this.#finished.resolve(last);
  }

  /** Waits until no team holds anything, at most half a second; then names what still lives. */
  async #becomeQuiet(): Promise<readonly string[]> {
    const patience = new CancelScope();
    const hosts = [...this.#hosts.values()];
    const quiet = Promise.all(hosts.map((host) => host.quiet())).then(() => true);
    const impatient = sleep(this.#options.clock, QUIET_LIMIT_MS, patience.signal).then(
      () => false,
      () => false,
    );
    const isQuiet = await Promise.race([quiet, impatient]);
    patience.cancel();
    return isQuiet ? [] : hosts.flatMap((host) => host.stillAlive);
  }

  #append(event: RunEvent): void {
    this.#writer?.append([event]).catch((error: unknown) => this.#fail(error));
  }

  /** A team's log failed. One that was fenced off at the end was only too late. */
  #failTeam(error: unknown): void {
    if (!(this.#fenced && error instanceof LogFenced)) this.#fail(error);
  }

  /** The run cannot be kept any more (its log fails): everything stops, and whoever waits is told. */
  #fail(error: unknown): void {
    this.#stopDeadline();
    this.#scope.cancel(new Cancelled("run-failed", "The run's log failed.", { cause: error }));
    this.#result.reject(error);
    this.#finished.reject(error);
  }
}

function stopReason(verdict: Verdict): Cancelled {
  const why =
    verdict.outcome === "answered"
      ? `Stopped: ${verdict.winner} answered.`
      : `Stopped: the race ended (${verdict.outcome}).`;
  return new Cancelled("race-decided", why);
}
