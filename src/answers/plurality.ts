import { normaliseAnswer } from "./normalise.ts";

/** The index of the first giver of the answer that most gave; ties go to the earlier answer. Undefined for no answers. */
export function plurality(answers: readonly string[]): number | undefined {
  const groups = new Map<string, { first: number; votes: number }>();
  answers.forEach((answer, index) => {
    const group = groups.get(normaliseAnswer(answer));
    if (group) group.votes += 1;
    else groups.set(normaliseAnswer(answer), { first: index, votes: 1 });
  });
  let best: { first: number; votes: number } | undefined;
  for (const group of groups.values()) if (!best || group.votes > best.votes) best = group;
  return best?.first;
}
