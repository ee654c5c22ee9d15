/**
 * The index of the first giver of the answer that most gave, by their comparable forms; ties go to the earlier answer.
 * Undefined for no answers.
 */
export function plurality(forms: readonly string[]): number | undefined {
  const groups = new Map<string, { first: number; votes: number }>();
  forms.forEach((form, index) => {
    const group = groups.get(form);
    if (group) group.votes += 1;
    else groups.set(form, { first: index, votes: 1 });
  });
  let best: { first: number; votes: number } | undefined;
  for (const group of groups.values()) if (!best || group.votes > best.votes) best = group;
  return best?.first;
}
