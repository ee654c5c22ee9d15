import { pythonFloat } from "../../answers/python-float.ts";

/** What an answer must say, by name: `["mean_fare", "34.65"]`. */
export type NamedAnswer = readonly [name: string, value: string];

const NAMED = /@([\p{L}\p{N}_]+)\[(.*?)\]/gu;
const TOLERANCE = 1e-6;

/**
 * The values that an answer in DABench's form names, `@name[value]`, by their names; of a name that comes twice the
 * last. They end at the first `]` and on their line.
 */
export function namedValues(answer: string): ReadonlyMap<string, string> {
  return new Map([...answer.matchAll(NAMED)].map(([, name = "", value = ""]) => [name, value] as const));
}

/**
 * Whether an answer is right: for every name the same text, or a number within 0.000001. Other names in it do not
 * matter. Source: InfiAgent-DABench, its closed-form evaluation (Apache-2.0), without the model that put answers
 * into form there.
 */
export function scoreDabench(answer: string, truth: readonly NamedAnswer[]): boolean {
  const given = namedValues(answer);
  return truth.every(([name, value]) => isEqual(given.get(name), value));
}

function isEqual(given: string | undefined, wanted: string): boolean {
  if (given === undefined || given === wanted) return given === wanted;
  const [one, other] = [pythonFloat(given), pythonFloat(wanted)];
  return one !== undefined && other !== undefined && Math.abs(one - other) < TOLERANCE;
}
