import type { EventOf, Limits, LoggedEvent, RacePolicy, RunEvent } from "../../../src/events/run-event.ts";
import { WAITING_RACE, type RaceDecision, type RaceState } from "../../../src/race/race-state.ts";
import { reduce } from "../../../src/race/reduce.ts";

const START_TIME = 1_000_000;

/** A race under test: events go in at a made-up time, decisions and state come out. */
export class RaceUnderTest {
  state: RaceState = WAITING_RACE;
  readonly decisions: RaceDecision[] = [];
  #seq = 0;
  #time = START_TIME;

  constructor(policy: RacePolicy, teams: number, limits: Limits = {}) {
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

  /** The verdicts decided so far: never more than one (R1). */
  verdicts() {
    return this.decisions.flatMap((decision) => (decision.type === "finish" ? [decision.verdict] : []));
  }
}
