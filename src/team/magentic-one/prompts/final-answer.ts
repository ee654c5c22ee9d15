const FORM = `FINAL ANSWER: the answer itself`;

/** Asked once the work is done. The rules of form are what benchmarks, and programs that read answers, want. */
export function finalAnswerPrompt(request: string): string {
  return `The work on this request has come to its end:

${request}

Read the conversation above and answer the request from what was found. You may explain in a few words first. Then end with one line of this form, on which the whole answer stands:

${FORM}

- Follow every wish of the request as to form: format, units, rounding, order, notation.
- Otherwise be as short as the answer allows: a number, a few words, or a list separated by commas.
- Write numbers in digits, without thousands separators, and without unit or percent sign unless the request wants one.
- Write names and words in full, without article, without a full stop at the end.
- Prefer what was computed or read to what was only supposed. Only if nothing above supports any answer, write "Unable to determine" as the answer.`;
}

export const FINAL_ANSWER_AGAIN = `Your reply names no answer. Reply with this one line and nothing else:

${FORM}`;
