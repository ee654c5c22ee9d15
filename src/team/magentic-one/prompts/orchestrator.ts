/**
 * What the Orchestrator is told and asks itself, in the structure of Magentic-One (arXiv 2411.04468):
 * facts in four groups, a plan, the task ledger given to all, and the update of both on a stall.
 *
 * Layout: what is the same for every team of a run comes first (role, team, request), so that k
 * teams share the longest possible prefix in a provider's prompt cache. No prompt holds a team's
 * name, a seed or a time.
 */
export function orchestratorInstructions(roster: string, request: string): string {
  return `You lead a team of agents that works on one request of a user. You do not act yourself: you keep the facts and the plan, judge the progress, say who acts next and what they do, and at the end give the answer.

Your team. Nobody else can be reached:
${roster}

The request:
${request}`;
}

export const FACTS_PROMPT = `Before the team begins, answer this pre-survey on the request. Draw on everything you know: you have an excellent memory and like puzzles, and a reasoned guess is better than a blank.

1. Which facts and figures does the request itself give? There may be none.
2. Which facts have to be looked up, and where exactly? The request may name its sources.
3. Which facts have to be derived, by logic, calculation or a program?
4. Which facts do you recall, suspect or estimate?

Facts are specific: names, numbers, dates, places. Answer under these four headings and write nothing else, above all no plan yet:

1. GIVEN OR VERIFIED
2. TO LOOK UP
3. TO DERIVE
4. EDUCATED GUESSES`;

export const PLAN_PROMPT = `Now write a short bullet-point plan for the request that follows from these facts and fits your team: one line a step, saying who does what. Leave out members that the plan does not need.`;

/** The task ledger as every agent is given it. */
export function taskLedgerText(request: string, roster: string, facts: string, plan: string): string {
  return `We are working on this request:

${request}

The team:
${roster}

What is known so far:
${facts}

The plan, to be followed as far as it leads:
${plan}`;
}

export function factsUpdatePrompt(facts: string): string {
  return `The work is not getting on as it should, yet it has taught us something. Please rewrite the following fact sheet in the light of everything said above. Keep its headings. Move what has been verified, strike what proved wrong, add what is new, and add or sharpen at least one educated guess, saying what it rests on.

${facts}`;
}

export const PLAN_UPDATE_PROMPT = `Say in a few words what went wrong and why. Then come up with a new plan that gets around it and repeats none of its mistakes: short, as bullet points, one line a step, for this team alone.`;
