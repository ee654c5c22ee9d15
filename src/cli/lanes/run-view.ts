import type { LiveEvent } from "../../events/live.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import type { Usage } from "../../events/model-call.ts";
import { EMPTY_ACCOUNT, settle, settleUncounted, type Account } from "../../governance/account.ts";
import { EffectsFold, type Question } from "../../run/effects/effects-fold.ts";
import { EffectTeller } from "../telling/effect-teller.ts";
import { tell } from "../telling/event-words.ts";
import { TeamView } from "./team-view.ts";

/** So many of the newest notes are kept. */
const NOTES = 12;

/** Something that a watcher should not miss, besides what the lanes show of it. */
export interface Note {
  readonly time: number;
  /** The team, or `race`. */
  readonly whose: string;
  readonly text: string;
  readonly mood: "plain" | "good" | "bad" | "asks";
}

/**
 * Owns: what lanes and summaries show of a run, folded from its events and, while it runs, from what is live. Does not
 * own: how it looks, and the time. Invariants: 1. nothing but events changes it, so that a live run, a replay and a
 * log give the same; 2. it grows with the teams, not with the events.
 */
export class RunView {
  readonly teams: TeamView[] = [];
  readonly effects = new EffectsFold();
  start: (LoggedEvent & EventOf<"run-started">) | undefined;
  decided: (LoggedEvent & EventOf<"race-decided">) | undefined;
  finished: (LoggedEvent & EventOf<"run-finished">) | undefined;
  account: Account = EMPTY_ACCOUNT;
  /** How often another process went on with it, and how long none worked on it, in milliseconds. */
  resumed = 0;
  pausedMs = 0;
  /** How many events there were, and when the newest was; milliseconds since the epoch. */
  seq = 0;
  time = 0;
  /** A person asked for the end, or the deadline passed. */
  ending = "";
  #notes: Note[] = [];
  readonly #byName = new Map<string, TeamView>();
  readonly #teller = new EffectTeller();
  #hasBegunCopy = false;
  #copied = 0;

  /** The newest notes, oldest first. */
  get notes(): readonly Note[] {
    return this.#notes;
  }

  get questions(): readonly Question[] {
    return this.effects.openQuestions;
  }

  team(name: string): TeamView | undefined {
    return this.#byName.get(name);
  }

  /** Milliseconds of work from the run's beginning to `time`; when no process worked on it does not count. */
  workedMs(time: number): number {
    return this.start ? Math.max(0, time - this.start.time - this.pausedMs) : 0;
  }

  /** How long a team has worked, or had when it ended, at this time. */
  teamMs(team: TeamView, time: number): number {
    return team.launchedMs === undefined ? 0 : Math.max(0, (team.endedMs ?? this.workedMs(time)) - team.launchedMs);
  }

  apply(event: LoggedEvent): void {
    const pause = Math.max(0, event.time - this.time);
    this.seq = event.seq;
    this.time = event.time;
    this.effects.apply(event);
    this.#note(event);
    switch (event.type) {
      case "run-started":
        this.#begin(event);
        break;
      case "run-resumed":
        this.pausedMs += pause;
        if (!this.#isBeginOfCopy(event.seq)) this.resumed += 1;
        for (const team of this.teams) team.halt();
        break;
      case "step-started":
        if (event.step.kind === "tool" && event.step.tool === "command") this.#spendUncounted(event);
        break;
      case "step-finished":
      case "step-restarted":
        if (event.usage) this.#spend(event.scope, event.usage);
        break;
      case "deadline-passed":
        this.ending = "its deadline has passed";
        break;
      case "cancel-requested":
        this.ending = event.reason;
        break;
      case "race-decided":
        this.decided = event;
        break;
      case "run-finished":
        this.finished = event;
        break;
      default:
    }
    this.#teamOf(event)?.apply(event, this.workedMs(event.time));
  }

  /** What happens while it happens; `now` in milliseconds since the epoch. */
  applyLive(event: LiveEvent, now: number): void {
    this.#byName.get(event.key.split("/").at(0) ?? "")?.applyLive(event, now);
  }

  /** A run that goes on from another one's events begins by being resumed over them, which nobody did again. */
  #isBeginOfCopy(seq: number): boolean {
    const { origin } = this.start ?? {};
    if (origin === undefined || this.#hasBegunCopy) return false;
    this.#hasBegunCopy = seq > origin.copied;
    return true;
  }

  #begin(event: LoggedEvent & EventOf<"run-started">): void {
    this.start = event;
    this.#copied = event.origin?.copied ?? 0;
    for (const description of event.teams) {
      const team = new TeamView(description);
      this.teams.push(team);
      this.#byName.set(team.name, team);
    }
  }

  /** The team that an event is about: the run's own events name it. */
  #teamOf(event: LoggedEvent): TeamView | undefined {
    const named = event.type === "answer-judged" ? event.team : event.scope;
    return this.#byName.get(named);
  }

  #spend(scope: string, usage: Usage): void {
    // What a forked run begins with was paid for in the other run.
    if (this.seq <= this.#copied) return;
    this.account = settle(this.account, usage);
    this.#byName.get(scope)?.spend(usage);
  }

  #spendUncounted(event: LoggedEvent): void {
    this.account = settleUncounted(this.account);
    this.#byName.get(event.scope)?.spendUncounted();
  }

  #note(event: LoggedEvent): void {
    const whose = this.#byName.has(event.scope) ? event.scope : "race";
    const effect = this.#teller.tell(event);
    if (effect) this.#add({ time: event.time, whose, text: `${effect.title}: ${effect.body}`, mood: effect.mood });
    else if (NOTED.has(event.type) && !this.#isOfCourse(event)) {
      const told = tell(event);
      if (told) this.#add({ time: event.time, whose, text: told.text, mood: MOODS[told.style ?? "dim"] });
    }
  }

  /** What happens in every race. */
  #isOfCourse(event: LoggedEvent): boolean {
    if (event.type === "task-ledger-written") return event.replan === 0;
    return event.type === "team-finished" && event.outcome === "stopped" && this.decided !== undefined;
  }

  #add(note: Note): void {
    this.#notes.push(note);
    if (this.#notes.length > NOTES) this.#notes.shift();
  }
}

/** What is told beside the lanes, which show all else. */
const NOTED: ReadonlySet<LoggedEvent["type"]> = new Set([
  "ledger-rejected",
  "orchestrator-mode-changed",
  "stall-counted",
  "task-ledger-written",
  "step-restarted",
  "input-delivered",
  "answer-judged",
  "answers-aggregated",
  "context-compacted",
  "team-finished",
  "deadline-passed",
  "cancel-requested",
  "dead-letter-seen",
]);

const MOODS = { bold: "good", dim: "plain", green: "good", red: "bad", yellow: "asks" } as const;
