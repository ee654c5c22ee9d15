import type { EventOf, LoggedEvent, Outcome } from "../../src/events/run-event.ts";

/** How the race of a log is to be decided. */
export interface Ruling {
  /** The event that decides it. */
  readonly seq: number;
  readonly outcome: Outcome;
  readonly winner: string | null;
}

type Ended = EventOf<"team-finished">;

const NO_ANSWERS = new Set(["", "unknown", "I could not find it."]);

/**
 * The race's rules once more, in other words than the reducer's: promise R2 and the policies, read from the log
 * alone. Only for the answers that simulated teams give.
 */
export class Referee {
  readonly #start: EventOf<"run-started">;
  readonly #ended: Ended[] = [];
  /** What the acceptance said of the newest proposal of each team, and which answer that was. */
  readonly #proposals = new Map<string, { readonly key: string; readonly answer: string; verdict?: string }>();
  #tokens = 0;
  /** Those whose answers a model makes one of. */
  #aggregating: readonly Ended[] | undefined;

  constructor(start: EventOf<"run-started">) {
    this.#start = start;
  }

  /** Undefined where the events so far decide nothing. */
  rule(events: Iterable<LoggedEvent>): Ruling | undefined {
    for (const event of events) {
      const decided = this.#take(event);
      if (decided) return { seq: event.seq, ...decided };
    }
    return undefined;
  }

  #take(event: LoggedEvent): Omit<Ruling, "seq"> | undefined {
    switch (event.type) {
      case "step-started":
        return event.step.kind === "model" && this.#isSpent ? this.#endedEarly() : undefined;
      case "step-finished":
      case "step-restarted":
        if (event.usage) this.#tokens += event.usage.inputTokens + event.usage.outputTokens;
        return undefined;
      case "answer-proposed":
        this.#proposals.set(event.scope, { key: event.key, answer: event.answer });
        return undefined;
      case "answer-judged": {
        const proposal = this.#proposals.get(event.team);
        if (proposal?.key === event.proposal) proposal.verdict = event.verdict;
        return undefined;
      }
      case "team-finished":
        this.#ended.push(event);
        return this.#aggregating ? undefined : this.#afterEnd();
      case "answers-aggregated":
        return this.#aggregated(event);
      case "deadline-passed":
        return this.#endedEarly();
      case "cancel-requested":
        return { outcome: "cancelled", winner: null };
      default:
        return undefined;
    }
  }

  get #isSpent(): boolean {
    const { tokens } = this.#start.limits;
    return tokens !== undefined && this.#tokens >= tokens;
  }

  /** A spent budget takes what is there. */
  #endedEarly(): Omit<Ruling, "seq"> {
    const winner = this.#choose(this.#answers("accept")) ?? this.#choose(this.#answers("defer"));
    return winner ? { outcome: "answered", winner } : { outcome: "exhausted", winner: null };
  }

  #afterEnd(): Omit<Ruling, "seq"> | undefined {
    const { policy, teams } = this.#start;
    const everyone = this.#ended.length === teams.length;
    if (policy.name === "first-finisher") {
      const first = this.#ended.find(({ outcome }) => !["failed", "stopped", "rejected"].includes(outcome));
      if (!first) return everyone ? this.#nobody() : undefined;
      return isAnswer(first) ? { outcome: "answered", winner: first.team } : this.#nobody();
    }
    const answers = this.#answers("accept");
    if (!everyone && (policy.need === null || answers.length < policy.need)) return undefined;
    const left = answers.length > 0 ? answers : this.#answers("defer");
    if (this.#start.aggregate?.kind === "llm" && left.length >= 2) {
      this.#aggregating = left;
      return undefined;
    }
    const winner = this.#choose(left);
    return winner ? { outcome: "answered", winner } : this.#nobody();
  }

  /** What the model says, where somebody stands behind it who has to; else the vote. */
  #aggregated({ answer }: EventOf<"answers-aggregated">): Omit<Ruling, "seq"> | undefined {
    const among = this.#aggregating;
    if (!among) return undefined;
    const agreeing = among.filter((each) => each.answer === answer);
    const isTaken = answer !== undefined && (agreeing.length > 0 || !this.#start.acceptance);
    return { outcome: "answered", winner: isTaken ? (agreeing[0]?.team ?? null) : this.#choose(among) };
  }

  #nobody(): Omit<Ruling, "seq"> {
    const failed = this.#ended.every(({ outcome }) => outcome === "failed");
    return { outcome: failed ? "failed" : "unanswered", winner: null };
  }

  /** Real answers of which the acceptance said this, in the order of their teams' ends. */
  #answers(verdict: "accept" | "defer"): readonly Ended[] {
    const answers = this.#ended.filter(isAnswer);
    if (!this.#start.acceptance) return verdict === "accept" ? answers : [];
    return answers.filter(({ team, answer }) => {
      const proposal = this.#proposals.get(team);
      return proposal?.answer === answer && proposal?.verdict === verdict;
    });
  }

  /** The first; where several were waited for, the first of those that most gave. */
  #choose(answers: readonly Ended[]): string | null {
    if (this.#start.policy.need === 1) return answers[0]?.team ?? null;
    const votes = (answer: string | undefined) => answers.filter((each) => each.answer === answer).length;
    const most = Math.max(0, ...answers.map(({ answer }) => votes(answer)));
    return answers.find(({ answer }) => votes(answer) === most)?.team ?? null;
  }
}

function isAnswer({ outcome, answer }: Ended): boolean {
  return outcome === "answered" && answer !== undefined && !NO_ANSWERS.has(answer);
}
