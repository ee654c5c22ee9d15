import { CancelScope } from "../../base/abort.ts";
import { sleep, type Clock, type StopTimer } from "../../base/clock.ts";
import { Cancelled, M1Error } from "../../base/errors.ts";
import { afterReadyEvents } from "../../base/event-loop.ts";
import { AGGREGATOR_SCOPE } from "../../events/aggregate.ts";
import type { AcceptanceVerdict, Input } from "../../events/input.ts";
import {
  RUN_SCOPE,
  type EffectsSummary,
  type EventOf,
  type LoggedEvent,
  type RunEvent,
  type Verdict,
} from "../../events/run-event.ts";
import { LogFenced, type RunLog, type ScopeWriter } from "../../log/run-log.ts";
import { WAITING_RACE, workedMs, type RaceDecision, type RaceState } from "../../race/race-state.ts";
import { outstanding, reduce } from "../../race/reduce.ts";
import type { EffectPerformer } from "../../steps/executors.ts";
import type { TeamPast } from "../../steps/team-past.ts";
import type { Team } from "../../team/team.ts";
import type { Aggregation, AggregationRequest } from "../aggregation/aggregation.ts";
import { AnswerJudge, type Candidate, type Judged } from "../judging/answer-judge.ts";
import type { RunEffects, RunEffectsOptions } from "../effects/run-effects.ts";
import type { LeftCall } from "./left-calls.ts";
import { LetGo } from "./let-go.ts";
import { RunPast } from "./run-past.ts";
import { RunWaiting } from "./run-waiting.ts";
import { TeamHost, type HostHandle, type TeamQuarters } from "./team-host.ts";

/** How long a run waits for all to be quiet before it says what still lives (promise R3). */
const QUIET_LIMIT_MS = 500;

/** What a team's quarters are made from. */
export interface FurnishRequest extends HostHandle {
  readonly team: string;
  /** What the log has of the team, where it is resumed. */
  readonly past: TeamPast | undefined;
  /** Performs external calls for the run. */
  readonly effects: EffectPerformer;
  /** Takes what has been sent to the team and not delivered. */
  readonly takeInputs: () => readonly Input[];
  /** The run's verdict on a proposal of the team; absent where the run has no acceptance. */
  readonly judge: ((proposal: string) => Promise<AcceptanceVerdict>) | undefined;
}

export interface RaceEngineOptions {
  readonly log: RunLog;
  readonly clock: Clock;
  /** Whether the log is gone with the process. */
  readonly volatile?: boolean;
  /** The line-up, by name. */
  readonly teams: ReadonlyMap<string, Team>;
  readonly start: EventOf<"run-started">;
  /** Makes workspace and door of a team that is launched or resumed. */
  readonly furnish: (request: FurnishRequest) => Promise<TeamQuarters>;
  /** Opens the run's external calls, once its scope is this process's. */
  readonly openEffects: (own: Pick<RunEffectsOptions, "writer" | "fold" | "onWaiting" | "onLogFailure">) => RunEffects;
  /** Has a model make one answer of several; absent where no model is to. */
  readonly aggregate?: (request: AggregationRequest) => Aggregation;
  /** What the log of a resumed run says, as far as it has been read. */
  readonly past?: RunPast;
  /** Tells the log of a resumed run what those calls used that nobody goes on with. */
  readonly settleLeft?: (left: readonly LeftCall[], writers: ReadonlyMap<string, ScopeWriter>) => Promise<void>;
  /** Says whether an answer may end the race; absent where every real answer may. */
  readonly accept?: (candidate: Candidate) => Promise<Judged>;
}

/**
 * Owns: the live race: feeds every logged event to the reducer and does what it decides. Does not
 * own: the log's store, models, tools; these are closed by whoever made them.
 * Invariants: 1. the reducer alone decides, from logged events alone; 2. exactly one `race-decided`
 * (R1), appended before any loser's end; 3. losers are aborted at the decision, the result is given
 * when the decision is durable, without waiting for them; `run-finished` is the last event (R3); 4. a
 * resumed run does what its events made the race want and what has not come about, and nothing else.
 */
export class RaceEngine {
  readonly #options: RaceEngineOptions;
  readonly #scope: CancelScope;
  readonly #hosts = new Map<string, TeamHost>();
  readonly #past: RunPast;
  /** Of a resumed run, all whose scopes are taken at once, and of one at its end. */
  readonly #writers = new Map<string, ScopeWriter>();
  readonly #judge: AnswerJudge | undefined;
  #aggregation: Aggregation | undefined;
  readonly #result = Promise.withResolvers<Verdict>();
  readonly #finished = Promise.withResolvers<EventOf<"run-finished">>();
  #state: RaceState = WAITING_RACE;
  #writer: ScopeWriter | undefined;
  #effects: RunEffects | undefined;
  #waiting = false;
  #stopDeadline: StopTimer = () => {};
  #fenced = false;

  constructor(options: RaceEngineOptions) {
    this.#options = options;
    this.#scope = new CancelScope();
    this.#past = options.past ?? new RunPast();
    // Whoever does not ask for one of the two must not be punished with an unhandled rejection.
    this.#result.promise.catch(() => {});
    this.#finished.promise.catch(() => {});
    for (const [name, team] of options.teams) {
      const turns = () => this.#state.teams.find((each) => each.team === name)?.turns ?? 0;
      this.#hosts.set(name, new TeamHost(name, team, this.#scope.signal, turns));
    }
    const { accept, clock } = options;
    if (accept) this.#judge = new AnswerJudge({ accept, clock, append: (event) => this.#append(event) });
  }

  /** Resolves at `race-decided`. Rejects when the run itself cannot go on (its log fails). */
  get result(): Promise<Verdict> {
    return this.#result.promise;
  }

  /** Resolves with the last event of the run. Rejects as `result` does. */
  get finished(): Promise<EventOf<"run-finished">> {
    return this.#finished.promise;
  }

  /** Begins a new run. */
  async start(): Promise<void> {
    const { log, start } = this.#options;
    log.subscribe((event) => this.#onEvent(event));
    const writer = await log.acquire(RUN_SCOPE);
    this.#open(writer);
    await writer.append([start]);
    this.#watchDeadline();
  }

  /** Goes on with a run from its log, which nobody else works on any more. A run that has ended is told again. */
  async resume(resumed: EventOf<"run-resumed">): Promise<void> {
    this.#recall();
    const ended = this.#past.finished;
    if (ended && this.#past.effects.summary() !== "pending") return this.#tellAgain(ended);
    const { log } = this.#options;
    const scopes = [RUN_SCOPE, ...this.#otherScopes];
    const [writer, ...others] = await Promise.all(scopes.map((scope) => log.acquire(scope)));
    if (!writer) throw new M1Error("run-not-begun", "The run has no scope.");
    for (const each of others) this.#writers.set(each.scope, each);
    // What a process that was not quite dead has written until now is known; no more of it comes.
    this.#recall();
    const { finished } = this.#past;
    if (!finished) log.subscribe((event) => this.#onEvent(event));
    this.#open(writer);
    await writer.append([resumed]);
    if (finished) return this.#concludeLate(finished);
    await this.#options.settleLeft?.(this.#past.leftCalls, this.#writers);
    for (const decision of outstanding(this.#state)) this.#perform(decision);
    this.#watchDeadline();
  }

  /** The scopes that others than the run itself write in. */
  get #otherScopes(): readonly string[] {
    const { start, aggregate } = this.#options;
    return [...start.teams.map(({ team }) => team), ...(aggregate ? [AGGREGATOR_SCOPE] : [])];
  }

  async #writerOf(scope: string): Promise<ScopeWriter> {
    return this.#writers.get(scope) ?? (await this.#options.log.acquire(scope));
  }

  #recall(): void {
    this.#past.recall(this.#options.log);
    this.#state = this.#past.state;
    for (const event of this.#past.judged) this.#judge?.apply(event);
  }

  #open(writer: ScopeWriter): void {
    this.#writer = writer;
    const fold = this.#past.effects;
    const onLogFailure = (error: unknown) => this.#fail(error);
    this.#effects = this.#options.openEffects({ writer, fold, onWaiting: () => this.#look(), onLogFailure });
  }

  #tellAgain(finished: EventOf<"run-finished">): void {
    this.#result.resolve(finished);
    this.#finished.resolve(finished);
  }

  /** A run that has ended: only external calls that waited for a person may be left of it. */
  #concludeLate(finished: EventOf<"run-finished">): void {
    this.#result.resolve(finished);
    this.#conclude()
      .then((effects) => this.#finished.resolve({ ...finished, effects }))
      .catch((error: unknown) => this.#fail(error));
  }

  async #conclude(): Promise<EffectsSummary> {
    await this.#effects?.conclude();
    this.#effects?.close();
    return this.#effects?.summary() ?? "none";
  }

  /**
   * A team waits for a person, or has ceased to: where no team can go on without one, the process lets go of the run.
   */
  #look(): void {
    afterReadyEvents(() => {
      const waiting = this.#effects?.waiting ?? new Map<string, string>();
      const isBusy = this.#judge?.busy || this.#effects?.busy || this.#state.aggregating !== undefined;
      if (this.#waiting || this.#state.verdict || waiting.size === 0 || isBusy) return;
      const living = this.#state.teams.filter((team) => !team.end);
      if (!living.every(({ team }) => this.#hosts.get(team)?.isBlocked(new Set(waiting.keys())))) return;
      this.#waiting = true;
      this.#letGo([...new Set(waiting.values())]).catch((error: unknown) => this.#fail(error));
    });
  }

  /** Ends the work on a run that waits for a person; the log stays as if the process had died here. */
  async #letGo(questions: readonly string[]): Promise<void> {
    const waiting = new RunWaiting(this.#options.start.runId, questions, this.#options.volatile);
    this.#stopDeadline();
    // Both are in the log before anything that follows from what is cut off here.
    const said = this.#writer?.append([{ type: "run-waiting", questions: [...questions] }]) ?? Promise.resolve([]);
    const durable = Promise.all([this.#fenceOthers(), said]);
    this.#scope.cancel(new LetGo(waiting));
    // An answer that comes now is acted on by the next process.
    this.#effects?.close();
    await durable;
    await this.#becomeQuiet();
    this.#result.reject(waiting);
    this.#finished.reject(waiting);
  }

  /** Taking over the others' scopes fences off whatever still lives: nothing of theirs follows. */
  async #fenceOthers(): Promise<void> {
    const { log } = this.#options;
    this.#fenced = true;
    await Promise.all(
      this.#otherScopes.map(async (scope) => {
        const writer = await log.acquire(scope);
        this.#writers.set(scope, writer);
        // The process that worked with it is gone: nobody else can say that it came to rest.
        if (!this.#past.isLeft(scope)) return;
        const turns = this.#state.teams.find((each) => each.team === scope)?.turns ?? 0;
        await writer.append([leftTeam(scope, turns)]);
      }),
    );
  }

  /** Ends the race without an answer, as a decision of a person. After the decision it changes nothing. */
  cancel(reason: string): void {
    if (!this.#state.verdict) this.#append({ type: "cancel-requested", reason });
  }

  /** Time that nobody worked on the run does not count. */
  #watchDeadline(): void {
    const { clock, start } = this.#options;
    const { deadlineMs } = start.limits;
    if (deadlineMs === undefined || this.#state.verdict) return;
    const left = deadlineMs - workedMs(this.#state, this.#state.lastAt);
    this.#stopDeadline = clock.timer(left, () => this.#append({ type: "deadline-passed", deadlineMs }));
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
    this.#past.count(event);
    this.#past.inputs.hear(event);
    this.#judge?.apply(event);
    const [state, decisions] = reduce(this.#state, event);
    this.#state = state;
    for (const decision of decisions) this.#perform(decision);
    // The last that could go on while others wait may just have ended.
    if (this.#effects?.someoneWaits) this.#look();
  }

  #perform(decision: RaceDecision): void {
    switch (decision.type) {
      case "launch":
        this.#launch(decision.team).catch((error: unknown) => this.#failTeam(error));
        return;
      case "judge":
        this.#judge?.judge(decision, this.#hostOf(decision.team));
        return;
      case "aggregate":
        this.#aggregate(decision.teams).catch((error: unknown) => this.#failTeam(error));
        return;
      case "finish":
        this.#finish(decision.verdict).catch((error: unknown) => this.#fail(error));
    }
  }

  async #launch(team: string): Promise<void> {
    const host = this.#hostOf(team);
    const past = this.#past.take(team);
    const writer = await this.#writerOf(team);
    const judge = this.#judge?.verdictOn.bind(this.#judge);
    const { furnish } = this.#options;
    const effects = this.#effects;
    if (!effects) throw new M1Error("run-not-begun", `${team} cannot be launched before the run has begun.`);
    const takeInputs = () => this.#past.inputs.take(team);
    const request = { team, past, judge, effects, takeInputs };
    await host.launch(writer, (handle) => furnish({ ...handle, ...request }), past !== undefined);
  }

  /** Whoever still works is stopped first: no answer of theirs is waited for any more (R3). */
  async #aggregate(teams: readonly string[]): Promise<void> {
    // Who was stopped by the process before has no host here.
    for (const { team, end } of this.#state.teams) if (!end) this.#hosts.get(team)?.stop(notNeeded());
    const { aggregate } = this.#options;
    if (!aggregate) throw new M1Error("no-aggregator", "The run has no aggregator, and its policy wants one.");
    const writer = await this.#writerOf(AGGREGATOR_SCOPE);
    const past = this.#past.takeAggregation();
    this.#aggregation = aggregate({ writer, signal: this.#scope.signal, past, teams });
    try {
      this.#append(await this.#aggregation.outcome);
    } catch (error) {
      // Decided without it, by a deadline or a person.
      if (!this.#scope.signal.aborted) throw error;
    }
  }

  #hostOf(team: string): TeamHost {
    const host = this.#hosts.get(team);
    if (host) return host;
    throw new M1Error("team-unknown", `The race has no ${team} to launch.`);
  }

  async #finish(verdict: Verdict): Promise<void> {
    const { clock, start } = this.#options;
    const decided = clock.monotonic();
    this.#stopDeadline();
    const durable = this.#past.decided ? undefined : this.#writer?.append([{ type: "race-decided", ...verdict }]);
    // Aborting need not wait for the commit: the decision follows from what is already in the log.
    this.#scope.cancel(stopReason(verdict));
    this.#effects?.decided();
    await durable;
    this.#result.resolve(verdict);
    const stillAlive = await this.#becomeQuiet();
    const quietMs = Math.round(clock.monotonic() - decided);
    await this.#fenceOthers();
    // What was not heard of until now is not heard of any more.
    await this.#options.settleLeft?.(this.#past.openCalls, this.#writers);
    const effects = await this.#conclude();
    const last = this.#past.receipt.finish(start.runId, verdict, { quietMs, stillAlive }, effects);
    await this.#writer?.append([last]);
    this.#finished.resolve(last);
  }

  /** Waits until no team holds anything, at most half a second; then names what still lives. */
  async #becomeQuiet(): Promise<readonly string[]> {
    const patience = new CancelScope();
    const hosts = [...this.#hosts.values()];
    const others = [this.#judge?.quiet(), this.#effects?.quiet(), this.#aggregation?.quiet()];
    const quiet = Promise.all([...hosts.map((host) => host.quiet()), ...others]).then(() => true);
    const impatient = sleep(this.#options.clock, QUIET_LIMIT_MS, patience.signal).then(
      () => false,
      () => false,
    );
    const isQuiet = await Promise.race([quiet, impatient]);
    patience.cancel();
    return isQuiet ? [] : [...hosts.flatMap((host) => host.stillAlive), ...(this.#aggregation?.stillAlive ?? [])];
  }

  #append(event: RunEvent): void {
    this.#writer?.append([event]).catch((error: unknown) => this.#fail(error));
  }

  /** A team's log failed. One that was fenced off or let go of at the end was only too late. */
  #failTeam(error: unknown): void {
    if (error instanceof LetGo || (this.#fenced && error instanceof LogFenced)) return;
    this.#fail(error);
  }

  /** The run cannot be kept any more (its log fails): everything stops, and whoever waits is told. */
  #fail(error: unknown): void {
    this.#stopDeadline();
    this.#effects?.close();
    this.#scope.cancel(new LetGo(error));
    this.#result.reject(error);
    this.#finished.reject(error);
  }
}

function leftTeam(team: string, turns: number): EventOf<"team-finished"> {
  const reason = "The race was decided when the process that worked with it ended.";
  return { type: "team-finished", team, outcome: "stopped", reason, turns };
}

function notNeeded(): Cancelled {
  return new Cancelled("answers-enough", "Stopped: there are answers enough to aggregate.");
}

function stopReason(verdict: Verdict): Cancelled {
  const why =
    verdict.outcome === "answered"
      ? `Stopped: ${verdict.winner ?? "the aggregator"} answered.`
      : `Stopped: the race ended (${verdict.outcome}).`;
  return new Cancelled("race-decided", why);
}
