import type { AggregateDescription } from "../../../src/events/aggregate.ts";
import type { EventOf, Limits, LoggedEvent, RacePolicy, RunEvent } from "../../../src/events/run-event.ts";
import { WAITING_RACE, type RaceDecision, type RaceState } from "../../../src/race/race-state.ts";
import { reduce } from "../../../src/race/reduce.ts";

const START_TIME = 1_000_000;

interface RaceSetup extends Limits {
  readonly aggregate?: AggregateDescription;
  readonly judges?: boolean;
}

/** A race under test: events go in at a made-up time, decisions and state come out. */
export class RaceUnderTest {
  state: RaceState = WAITING_RACE;
  readonly decisions: RaceDecision[] = [];
  #seq = 0;
  #time = START_TIME;

  constructor(policy: RacePolicy, teams: number, { aggregate, judges = false, ...limits }: RaceSetup = {}) {
    const names = Array.from({ length: teams }, (_, index) => `team-${index + 1}`);
    this.event({
      type: "run-started",
      formatVersion: 1,
      engineVersion: "0",
      promptVersion: "0",
      runId: "run",
      task: { prompt: "?", files: [] },
      teams: names.map((team) => ({ team, kind: "function", models: [], tools: [] })),
      policy,
      ...(aggregate ? { aggregate } : {}),
      ...(judges ? { acceptance: { kind: "function", name: "test" } } : {}),
      limits,
      seed: "s",
      rehearsal: false,
    });
    for (const team of names) this.event({ type: "team-launched", team });
  }

  event(event: RunEvent, afterMs = 1_000, scope = "run"): void {
    this.#time += afterMs;
    const logged = { ...event, seq: ++this.#seq, time: this.#time, scope } as LoggedEvent;
    const [state, decisions] = reduce(this.state, logged);
    this.state = state;
    this.decisions.push(...decisions);
  }

  ends(team: number, outcome: EventOf<"team-finished">["outcome"], answer?: string): void {
    this.event({
      type: "team-finished",
      team: `team-${team}`,
      outcome,
      ...(answer === undefined ? {} : { answer }),
      findings: `findings of team-${team}`,
      reason: `reason of team-${team}`,
      turns: team,
    });
  }

  /** The team proposes this answer, it is accepted unless said, and the team ends with it. */
  accepts(team: number, answer: string, verdict: "accept" | "defer" = "accept"): void {
    const key = `team-${team}/answer/1`;
    const proposed = { type: "answer-proposed", key, answer, findings: "", reason: "", turns: 1 } as const;
    this.event(proposed, 1, `team-${team}`);
    const judged = { verdict, reason: "", durationMs: 0 } as const;
    this.event({ type: "answer-judged", team: `team-${team}`, proposal: key, ...judged });
    this.ends(team, "answered", answer);
  }

  /** The verdicts decided so far: never more than one (R1). */
  verdicts() {
    return this.decisions.flatMap((decision) => (decision.type === "finish" ? [decision.verdict] : []));
  }
}
