/**
 * The aggregator's words, after the structure of the paper's (arXiv 2507.08944): the task, each team's transcript with
 * why it stopped, then the question. Part of the prompts' version (team/magentic-one/prompts/prompt-version.ts).
 */

/** Before the transcripts. */
export function aggregationPreamble(task: string, teams: number): string {
  return `This request was made:

${task}

${teams} different teams worked on it at the same time, each on its own and without knowing of the others. What follows are the ends of their transcripts and why each of them stopped. Judge for yourself how far each can be trusted: what a team computed or read counts for more than what it supposed, and teams that agree may share an error.`;
}

export function transcriptHead(team: string): string {
  return `Transcript of ${team}:`;
}

export function transcriptStop(team: string, stop: string): string {
  return `Why ${team} stopped:\n${stop}`;
}

/** Behind the transcripts; `rules` says how the answer is to be written. */
export function aggregationQuestion(task: string, rules: string): string {
  return `Those were all the teams. The request once more:

${task}

Compare what the teams found, step by step, and decide which answer the evidence supports best. It need not be the one that most of them gave. Then end with one line of this form, on which the whole answer stands:

FINAL ANSWER: the answer itself

${rules}`;
}

export const AGGREGATION_RULES = `- Follow every wish of the request as to form: format, units, rounding, order, notation.
- Otherwise be as short as the answer allows: a number, a few words, or a list separated by commas.
- Write numbers in digits, without thousands separators, and without unit or percent sign unless the request wants one.
- Write names and words in full, without article, without a full stop at the end.`;
