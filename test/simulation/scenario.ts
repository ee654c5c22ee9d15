import type { AggregateDescription } from "../../src/events/aggregate.ts";
import type { Limits, RacePolicy } from "../../src/events/run-event.ts";
import { all, firstAnswer, firstAnswers, firstFinisher } from "../../src/race/policies.ts";
import type { AcceptanceVerdict } from "../../src/events/input.ts";
import type { Chance } from "./chance.ts";
import { generateProgram } from "./generate-program.ts";
import type { Program } from "./program.ts";

const AGGREGATOR_MODEL = "simulated/aggregator";

/** How one process of the run comes to its end before the run does. */
export type Death =
  /** At so many-th of the places where a process may die: writes, calls, replies. */
  | { readonly kind: "place"; readonly at: number }
  | { readonly kind: "time"; readonly after: number }
  /** It is taken for dead and another one takes over; what it still writes arrives for so long. */
  | { readonly kind: "taken-over"; readonly after: number; readonly lingers: number };

export interface Person {
  /** `never` answers nothing. */
  readonly answers: "finds-out" | "leaves-it" | "never";
  readonly delay: number;
}

/** How probable faults are, each of one call or write. */
export interface FaultRates {
  readonly model: number;
  readonly tool: number;
  readonly office: number;
  readonly disk: number;
}

export type AcceptanceKind = AcceptanceVerdict["verdict"] | "throws" | "hangs";

/** All that a seed stands for, beside chance that is drawn while it runs. */
export interface Scenario {
  readonly programs: readonly Program[];
  readonly policy: RacePolicy;
  /** A model that makes one answer of several; undefined: the policy's own way. */
  readonly aggregate: AggregateDescription | undefined;
  readonly limits: Limits;
  readonly accepts: boolean;
  readonly deaths: readonly Death[];
  readonly person: Person;
  readonly cancelAt: number | undefined;
  /** When which team is sent a person's words. */
  readonly inputs: readonly { readonly at: number; readonly team: string }[];
  /** The wall clock is set, forward or back. */
  readonly jumps: readonly { readonly at: number; readonly by: number }[];
  readonly rates: FaultRates;
  /** How long a commit takes; undefined: no time. */
  readonly commitMs: number | undefined;
  /** How long model calls and tools take at the most. */
  readonly pace: number;
}

export function scenarioOf(chance: Chance): Scenario {
  const shape = chance.of("shape");
  const teams = shape.weigh([3, 1], [3, 2], [3, 3], [1, 4], [1, 5], [1, 6]);
  const pace = shape.pick([0, 20, 2_000, 20_000]);
  /** About as long as a run takes. */
  const span = 10 + pace * 10;
  const ended = shape.happens(0.3);
  const cancelAt = ended && shape.happens(0.5) ? shape.milliseconds(span) : undefined;
  const deadlineMs = ended && cancelAt === undefined ? 1 + shape.milliseconds(span) : undefined;
  const tokens = shape.happens(0.15) ? shape.between(20, 600) : undefined;
  const policy = shape.weigh([6, firstAnswer()], [2, all()], [1, firstAnswers(2)], [1, firstFinisher()]);
  const aggregating = chance.of("aggregate");
  const names = Array.from({ length: teams }, (_, index) => `team-${index + 1}`);
  return {
    programs: names.map((team) => generateProgram(team, chance.of("program", team), ended)),
    policy,
    aggregate: policy.need === 1 || aggregating.happens(0.4) ? undefined : aggregatorOf(aggregating),
    limits: { ...(tokens === undefined ? {} : { tokens }), ...(deadlineMs === undefined ? {} : { deadlineMs }) },
    accepts: shape.happens(0.4),
    deaths: deathsOf(chance.of("deaths"), span),
    person: {
      answers: shape.weigh([6, "finds-out"], [3, "leaves-it"], [1, "never"]),
      delay: shape.milliseconds(20_000),
    },
    cancelAt,
    inputs: inputsOf(chance.of("inputs"), names, span),
    jumps: jumpsOf(chance.of("jumps"), span),
    rates: ratesOf(chance.of("rates")),
    commitMs: shape.happens(0.5) ? shape.between(0, 20) : undefined,
    pace,
  };
}

/** A model that makes one answer of several, now and then with no room for what it is to read. */
function aggregatorOf(chance: Chance): AggregateDescription {
  return { kind: "llm", model: AGGREGATOR_MODEL, windowTokens: chance.pick([500, 4_000, 8_000]) };
}

function deathsOf(chance: Chance, span: number): Death[] {
  const count = chance.weigh([2, 0], [4, 1], [3, 2], [2, 3], [1, 5]);
  return Array.from({ length: count }, (): Death => {
    if (chance.happens(0.1))
      return { kind: "taken-over", after: chance.milliseconds(span), lingers: chance.milliseconds(span) };
    if (chance.happens(0.15)) return { kind: "time", after: chance.milliseconds(span) };
    return { kind: "place", at: 1 + Math.floor(chance.number() ** 2 * 60) };
  });
}

function inputsOf(chance: Chance, teams: readonly string[], span: number): Scenario["inputs"] {
  const count = chance.weigh([1, 0], [2, 2], [1, 6]);
  return Array.from({ length: count }, () => ({ at: chance.milliseconds(span), team: chance.pick(teams) }));
}

function jumpsOf(chance: Chance, span: number): Scenario["jumps"] {
  const count = chance.weigh([3, 0], [1, 1], [1, 3]);
  return Array.from({ length: count }, () => {
    const by = chance.pick([-86_400_000, -10_000, -500, 500, 10_000, 86_400_000]);
    return { at: chance.milliseconds(span), by };
  });
}

function ratesOf(chance: Chance): FaultRates {
  const rate = (most: number) => (chance.happens(0.5) ? 0 : chance.number() * most);
  return { model: rate(0.4), tool: rate(0.3), office: rate(0.5), disk: rate(0.02) };
}
