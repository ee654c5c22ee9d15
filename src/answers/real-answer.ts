/** Whole answers that say nothing. `0`, `no`, `none` and `NaN` are answers and stand on no list. */
const SAYING_NOTHING = new Set([
  ..."|?|??|???|...|…|-|--|---|–|—|n/a|n.a|null|undefined|unknown|tbd|not applicable|not available".split("|"),
  ..."not found|not specified|not provided|not known|error|no answer|no final answer|无法确定|不知道".split("|"),
  // A template given back as it was.
  ..."[your final answer]|your final answer|[answer]|<answer>|the answer|[final answer]".split("|"),
]);

/** How answers begin that are give-ups, whatever follows. */
const GIVING_UP = [
  /^(i('m| am| was)?|we('re| are| were)?|the team (is|was)|sorry,? i('m| am)?) (sorry|unable|not able|not sure|unsure)\b/,
  /^(i|we|the team) (do not|don't|did not|didn't|have no|lack)\b.*\b(know|have|find|see|information|data|access|idea|answer|able)\b/,
  /^(i|we|the team) (cannot|can't|can not|could not|couldn't|was not able to|were not able to) (be |help|provide|say|give|access|open|read|load|locate|complete|continue|answer|determine|find|verify|compute|calculate|solve|identify|confirm|establish)/,
  /^(unable|failed|impossible|not possible|it is not possible|it's not possible|it was not possible) to\b/,
  /^(it|this|that|the (exact |final |correct )?(answer|value|result|question|number|information)) (is unknown|(cannot|can't|could not|couldn't) be (determined|answered|found|verified|calculated|computed|established))/,
  /^(cannot|can't|could not|couldn't) (be )?(determined?|answer(ed)?|found|find|access(ed)?|verif(y|ied)|compute[d]?|calculated?|solved?)\b/,
  /^(there is |there was )?(not enough|insufficient|no) (information|data|evidence|answer)\b.*\b(available|found|given|provided|to)\b/,
  /^(not enough|insufficient) (information|data|evidence)\b/,
  /^(i apologi[sz]e|apologies|unfortunately,? (i|we|the|it|there|no)\b.*\b(not|n't|cannot|unable|no)\b|sorry\b)/,
  /^no (final )?answer (was |has been |could be |can be )?(found|given|determined|possible|available)/,
  /^(traceback \(most recent call last\)|error:)/,
];

/**
 * Whether a text is an answer rather than an empty one, a give-up or a template given back
 * (promise R2). Strict about what it refuses: a short or negative answer is one.
 */
export function isRealAnswer(answer: string): boolean {
  const text = answer
    .trim()
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/^["'`*_\s]+(?=\w)|(?<=[\w.])["'`*_\s]+$/g, "");
  const bare = text.replace(/(?<=\w)[.!。]+$/, "");
  return !SAYING_NOTHING.has(bare) && !GIVING_UP.some((pattern) => pattern.test(bare));
}
