import type { OrchestratorMode, ProgressLedger } from "../../events/ledger.ts";
import type { LiveEvent } from "../../events/live.ts";
import type { EventOf, LoggedEvent, TeamDescription } from "../../events/run-event.ts";
import { EMPTY_ACCOUNT, settle, settleUncounted, type Account } from "../../governance/account.ts";
import type { Usage } from "../../events/model-call.ts";
import { describeToolCall } from "../telling/event-words.ts";

/** So much of what streams is kept: more than a line of any screen. */
const LONGEST_TAIL = 400;

/** What a team does at this moment. */
export interface Doing {
  readonly key: string;
  readonly agent: string;
  /** In a few words: `writes`, `runs 12 lines of python`. */
  readonly text: string;
  readonly since: number;
  /** What streams from it is words for people, and not a ledger's JSON. */
  readonly readable: boolean;
  /** The end of what has streamed from it so far. */
  tail: string;
}

/** A call that failed and is tried again. */
export interface Retry {
  readonly why: string;
  /** When it goes on, milliseconds since the epoch; infinite where nobody knows. */
  readonly until: number;
}

/** How a team stands: at work, its answer being checked, or how it ended. */
export type TeamState = "not launched" | "working" | "checked" | EventOf<"team-finished">["outcome"];

/**
 * Owns: what a reader of lanes and summaries is shown of one team, folded from its events. Does not own: how it looks.
 * Invariant: nothing but events changes it; what is live is gone with its step.
 */
export class TeamView {
  readonly name: string;
  readonly kind: string;
  readonly models: readonly string[];
  /** The command of a team that is a program of the person's own, which runs without a sandbox. */
  readonly command: string | undefined;
  state: TeamState = "not launched";
  mode: OrchestratorMode | undefined;
  turn = 0;
  steps = 0;
  account: Account = EMPTY_ACCOUNT;
  /** Stalls that count now, at how many a new plan is made, and how often the count rose in all. */
  stalls = 0;
  stallLimit = 0;
  stallsInAll = 0;
  replans = 0;
  ledgersRejected = 0;
  /** Answers that the run's check did not accept. */
  rejections = 0;
  /** Milliseconds of work on the run until it was launched, and until it ended. */
  launchedMs: number | undefined;
  endedMs: number | undefined;
  /** Who was asked for what last. */
  asked: { readonly agent: string; readonly text: string } | undefined;
  /** What was said last. */
  said: { readonly agent: string; readonly text: string } | undefined;
  ledger: ProgressLedger | undefined;
  answer: string | undefined;
  findings: string | undefined;
  reason = "";
  /** The newest event of the team, milliseconds since the epoch. */
  changedAt = 0;
  retry: Retry | undefined;
  readonly #doing = new Map<string, Doing>();

  constructor({ team, kind, models, mode, options }: TeamDescription) {
    this.name = team;
    this.kind = kind;
    this.models = models;
    this.mode = mode;
    const command = options?.["command"];
    this.command = typeof command === "string" ? command : undefined;
  }

  /** The newest of what it does now; undefined between steps. */
  get doing(): Doing | undefined {
    return [...this.#doing.values()].at(-1);
  }

  get isAtWork(): boolean {
    return this.state === "working" || this.state === "checked";
  }

  /** `workedMs`: how long the run has been worked on. */
  apply(event: LoggedEvent, workedMs: number): void {
    this.changedAt = event.time;
    switch (event.type) {
      case "team-launched":
        this.state = "working";
        this.launchedMs ??= workedMs;
        break;
      case "step-started":
        this.#begin(event);
        break;
      case "step-finished":
        this.#doing.delete(event.key);
        this.retry = undefined;
        break;
      case "answer-proposed":
        this.state = "checked";
        this.turn = Math.max(this.turn, event.turns);
        this.answer = event.answer;
        break;
      case "answer-judged":
        if (event.verdict === "reject") this.rejections += 1;
        break;
      case "proposal-answered":
        this.state = "working";
        break;
      case "team-finished":
        this.endedMs = workedMs;
        this.#finish(event);
        break;
      default:
        this.#orchestrate(event);
    }
  }

  /** What its Orchestrator reports. */
  #orchestrate(event: LoggedEvent): void {
    switch (event.type) {
      case "turn-started":
        this.turn = event.turn;
        break;
      case "task-ledger-written":
        this.replans = event.replan;
        this.stalls = 0;
        break;
      case "progress-ledger-written":
        this.ledger = event.ledger;
        break;
      case "stall-counted":
        if (event.stalls > this.stalls) this.stallsInAll += 1;
        this.stalls = event.stalls;
        this.stallLimit = event.limit;
        break;
      case "orchestrator-mode-changed":
        this.mode = event.mode;
        break;
      case "ledger-rejected":
        this.ledgersRejected += 1;
        break;
      case "agent-spoke":
        if (event.to) this.asked = { agent: event.to, text: event.text };
        else this.said = { agent: event.agent, text: event.text };
        break;
      default:
    }
  }

  /** What happens while it happens; `now` in milliseconds since the epoch. */
  applyLive(event: LiveEvent, now: number): void {
    if (event.type === "call-retried") {
      this.retry = { why: `to try again: ${event.reason}`, until: now + event.waitMs };
      return;
    }
    if (event.type === "call-paced") {
      const until = event.waitMs > 0 ? now + event.waitMs : Number.POSITIVE_INFINITY;
      this.retry = { why: `for a place at ${event.provider}, which limits its rate`, until };
      return;
    }
    this.retry = undefined;
    const doing = this.#doing.get(event.key);
    if (doing) doing.tail = (doing.tail + event.text).slice(-LONGEST_TAIL);
  }

  spend(usage: Usage): void {
    this.account = settle(this.account, usage);
  }

  spendUncounted(): void {
    this.account = settleUncounted(this.account);
  }

  /** No process works on the run: what was under way is under way no more. */
  halt(): void {
    this.#doing.clear();
    this.retry = undefined;
  }

  #begin({ key, agent, step, time }: LoggedEvent & EventOf<"step-started">): void {
    this.steps += 1;
    const readable = step.kind === "tool" || (step.settings.format.kind === "text" && agent !== "Orchestrator");
    const text = step.kind === "tool" ? describeToolCall(step) : agent === "Orchestrator" ? "thinks" : "writes";
    this.#doing.set(key, { key, agent, text, since: time, readable, tail: "" });
  }

  #finish({ outcome, turns, reason, answer, findings }: LoggedEvent & EventOf<"team-finished">): void {
    this.state = outcome;
    this.turn = Math.max(this.turn, turns);
    this.reason = reason;
    this.answer = answer;
    this.findings = findings;
    this.halt();
  }
}
