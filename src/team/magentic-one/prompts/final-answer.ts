const FORM = `FINAL ANSWER: the answer itself`;

/** The rules of form are what benchmarks, and programs that read answers, want. */
const RULES = `- Follow every wish of the request as to form: format, units, rounding, order, notation.
- Otherwise be as short as the answer allows: a number, a few words, or a list separated by commas.
- Write numbers in digits, without thousands separators, and without unit or percent sign unless the request wants one.
- Write names and words in full, without article, without a full stop at the end.`;

/** Asked once the work is done. `rules` are those of the form in which the task wants its answer, where it says one. */
export function finalAnswerPrompt(request: string, rules = RULES): string {
  return `The work on this request has come to its end:

${request}

Read the conversation above and answer the request from what was found. You may explain in a few words first. Then end with one line of this form, on which the whole answer stands:

${FORM}

${rules}
- Prefer what was computed or read to what was only supposed. Only if nothing above supports any answer, write "Unable to determine" as the answer.`;
}

/** Asked where the answer came in another form than the task wants. */
export function formedAnswerAgain(problem: string, rules: string): string {
  return `That cannot be taken as the answer: ${problem}.

${rules}

Reply with the answer in this form, on one line, and nothing else:

${FORM}`;
}

export const FINAL_ANSWER_AGAIN = `Your reply names no answer. Reply with this one line and nothing else:

${FORM}`;
