import { EMPTY_ACCOUNT, reportUsage, settle, settleUncounted, type Account } from "../../governance/account.ts";
import { AGGREGATOR_SCOPE } from "../../events/aggregate.ts";
import type { OrchestratorMode } from "../../events/ledger.ts";
import type { Usage } from "../../events/model-call.ts";
import { COMMAND_TOOL } from "../../tools/command/command-tool.ts";
import type { EffectsSummary, EventOf, LoggedEvent, TeamReport, Verdict } from "../../events/run-event.ts";
import { verdictOf } from "../../events/verdict.ts";

interface TeamTally {
  outcome: string;
  reason: string;
  turns: number;
  steps: number;
  account: Account;
  mode: OrchestratorMode | undefined;
  ledgersRejected: number;
  launchedAt: number;
  endedAt: number | undefined;
}

/**
 * Owns: the running totals of a run, folded from its events. Does not own: the verdict.
 * The same fold makes the receipt live and, later, from a log.
 */
export class ReceiptFold {
  #account = EMPTY_ACCOUNT;
  #decidedAt: number | undefined;
  readonly #teams = new Map<string, TeamTally>();
  /** Of a model that aggregates: it is no team. */
  #aggregation: Account | undefined;
  /** Keys of steps begun after the decision, until they turn out not to have been executed. */
  readonly #begunLate = new Set<string>();
  #abortedLate = 0;
  #pausedMs = 0;
  #lastAt = 0;
  #lastSeq = 0;
  #copied = 0;
  #tokensLate = 0;

  apply(event: LoggedEvent): void {
    if (event.type === "run-resumed") this.#pausedMs += event.time - this.#lastAt;
    this.#lastAt = event.time;
    this.#lastSeq = event.seq;
    this.#apply(event);
  }

  #apply(event: LoggedEvent): void {
    switch (event.type) {
      case "run-started":
        this.#copied = event.origin?.copied ?? 0;
        for (const { team, mode } of event.teams) this.#teams.set(team, newTally(event.time, mode));
        break;
      case "team-launched":
        this.#tally(event.team).launchedAt = this.#workedAt;
        break;
      case "step-restarted":
        this.#spend(event.scope, event.usage);
        break;
      case "orchestrator-mode-changed":
        this.#tally(event.scope).mode = event.mode;
        break;
      case "ledger-rejected":
        this.#tally(event.scope).ledgersRejected += 1;
        break;
      case "step-started":
        this.#startStep(event);
        if (this.#decidedAt !== undefined) this.#begunLate.add(event.key);
        break;
      case "step-finished":
        this.#finishStep(event);
        break;
      case "team-finished":
        this.#finishTeam(event);
        break;
      case "race-decided":
        this.#decidedAt = event.time;
        break;
      default:
    }
  }

  /** The last line of the run. */
  finish(
    runId: string,
    verdict: Verdict,
    quiet: { readonly quietMs: number; readonly stillAlive: readonly string[] },
    effects: EffectsSummary,
  ): EventOf<"run-finished"> {
    return {
      type: "run-finished",
      ...verdictOf(verdict),
      runId,
      usage: reportUsage(this.#account),
      afterWin: {
        callsBegun: this.#begunLate.size,
        callsAborted: this.#abortedLate,
        tokens: this.#tokensLate,
        quietMs: quiet.quietMs,
        stillAlive: [...quiet.stillAlive],
      },
      effects,
      ...(this.#aggregation ? { aggregation: reportUsage(this.#aggregation) } : {}),
      teams: [...this.#teams].map(([team, tally]) => report(team, tally, this.#workedAt)),
    };
  }

  /** The time of the newest event, without the time in which no process worked on the run. */
  get #workedAt(): number {
    return this.#lastAt - this.#pausedMs;
  }

  #spend(team: string, usage: Usage | undefined): void {
    // What a forked run begins with was paid for in the other run.
    if (!usage || this.#lastSeq <= this.#copied) return;
    this.#account = settle(this.#account, usage);
    if (team === AGGREGATOR_SCOPE) {
      this.#aggregation = settle(this.#aggregation ?? EMPTY_ACCOUNT, usage);
      return;
    }
    const tally = this.#tally(team);
    tally.account = settle(tally.account, usage);
  }

  #startStep({ scope, step }: LoggedEvent & EventOf<"step-started">): void {
    if (scope === AGGREGATOR_SCOPE) return;
    const tally = this.#tally(scope);
    tally.steps += 1;
    if (step.kind !== "tool" || step.tool !== COMMAND_TOOL) return;
    tally.account = settleUncounted(tally.account);
    this.#account = settleUncounted(this.#account);
  }

  #finishStep(event: LoggedEvent & EventOf<"step-finished">): void {
    this.#spend(event.scope, event.usage);
    if (this.#decidedAt === undefined) return;
    if (event.attempts === 0) this.#begunLate.delete(event.key);
    else if (event.status === "aborted") this.#abortedLate += 1;
    if (event.usage) this.#tokensLate += event.usage.inputTokens + event.usage.outputTokens;
  }

  #finishTeam(event: LoggedEvent & EventOf<"team-finished">): void {
    const tally = this.#tally(event.team);
    tally.outcome = event.outcome;
    tally.reason = event.reason;
    tally.turns = event.turns;
    tally.endedAt = this.#workedAt;
  }

  #tally(team: string): TeamTally {
    const known = this.#teams.get(team);
    if (known) return known;
    const fresh = newTally(0);
    this.#teams.set(team, fresh);
    return fresh;
  }
}

function newTally(time: number, mode?: OrchestratorMode): TeamTally {
  return {
    outcome: "stopped",
    reason: "It had not come to rest when the run ended.",
    turns: 0,
    steps: 0,
    account: EMPTY_ACCOUNT,
    mode,
    ledgersRejected: 0,
    launchedAt: time,
    endedAt: undefined,
  };
}

function report(team: string, tally: TeamTally, now: number): TeamReport {
  return {
    team,
    outcome: tally.outcome,
    turns: tally.turns,
    steps: tally.steps,
    usage: reportUsage(tally.account),
    ...(tally.mode ? { mode: tally.mode } : {}),
    ledgersRejected: tally.ledgersRejected,
    ms: (tally.endedAt ?? now) - tally.launchedAt,
    reason: tally.reason,
  };
}
