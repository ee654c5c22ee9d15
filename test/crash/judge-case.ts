import type { Usage } from "../../src/events/model-call.ts";
import type { EventOf, LoggedEvent, RunEvent } from "../../src/events/run-event.ts";
import { EffectsFold } from "../../src/run/effects/effects-fold.ts";
import type { Evidence } from "./crash-case.ts";

/** What a case came to, in the numbers that are published; `problems` says in words what is wrong. */
export interface Judgement {
  readonly problems: readonly string[];
  readonly kills: number;
  readonly effectsTwice: number;
  readonly effectsLost: number;
  readonly inDoubt: number;
  readonly recordedAskedAgain: number;
  readonly inFlightAskedAgain: number;
  readonly leftovers: number;
}

/** Judges a case against one that was never killed. */
export function judgeCase(evidence: Evidence, whole: Evidence): Judgement {
  const problems: string[] = [];
  const check = (holds: boolean, problem: string): void => void (holds || problems.push(problem));
  checkLives(evidence, check);
  const begun = evidence.events.length > 0;
  if (begun) {
    checkLog(evidence, check);
    checkOutcome(evidence, whole, check);
    checkUsage(evidence, whole, check);
    checkFolders(evidence, check);
  } else {
    check(evidence.requests.length + evidence.tickets.length === 0, "Something left a run that had not begun.");
  }
  return { problems, kills: evidence.lives.filter(({ killed }) => killed).length, ...countsOf(evidence, check) };
}

type Check = (holds: boolean, problem: string) => void;

function checkLives({ lives, events, logProblem, strayFiles }: Evidence, check: Check): void {
  check(logProblem === undefined, `The log cannot be read: ${logProblem}`);
  check(strayFiles.length === 0, `Files are left: ${strayFiles.join(", ")}`);
  for (const { outliving, said, killed, complaint } of lives) {
    check(outliving.length === 0, `Processes outlived one: ${outliving.join("; ")}`);
    check(killed || said !== undefined, `A process failed: ${complaint}`);
    check(said === undefined || complaint === "", `A process warned: ${complaint}`);
  }
  const said = lives.at(-1)?.said;
  if (events.length > 0) check(said?.kind === "ended", `The last process said ${JSON.stringify(said)}.`);
  else check(said?.kind === "failed" && isUnbegun(said), `Of a run not begun was said ${JSON.stringify(said)}.`);
}

/** A run that was killed before it began is said not to be there, in a sentence that says what to do. */
function isUnbegun({ code, hint = "" }: { readonly code: string; readonly hint?: string }): boolean {
  return ["run-unknown", "log-foreign"].includes(code) && hint !== "";
}

function checkLog({ events }: Evidence, check: Check): void {
  for (const [type, from] of [
    ["run-started", "run"],
    ["race-decided", "run"],
    ["run-finished", "run"],
  ] as const) {
    const found = events.filter((event) => event.type === type && event.scope === from);
    check(found.length === 1, `${found.length} ${type} events are in the log.`);
  }
  const ended = new Map<string, LoggedEvent & EventOf<"step-finished">>();
  const begun = new Set<string>();
  for (const event of events) {
    if (event.type === "step-started") begun.add(event.key);
    if (event.type === "step-restarted") check(!ended.has(event.key), `${event.key} had ended and was begun again.`);
    if (event.type !== "step-finished") continue;
    check(begun.has(event.key), `${event.key} ended without a beginning.`);
    check(!ended.has(event.key), `${event.key} ended twice.`);
    ended.set(event.key, event);
  }
  // A program that ran when the process of a decided race died is nobody's any more: its team was stopped.
  const stopped = new Set(
    of(events, "team-finished").flatMap(({ team, outcome }) => (outcome === "stopped" ? [team] : [])),
  );
  for (const key of begun) check(ended.has(key) || stopped.has(key.split("/")[0] ?? ""), `${key} has no end.`);
  for (const { key, step } of of(events, "step-started"))
    check(step.kind !== "model" || ended.has(key), `Nobody knows what ${key} used: it has no end.`);
  for (const team of of(events, "run-started").flatMap(({ teams }) => teams)) {
    const ends = of(events, "team-finished").filter((event) => event.team === team.team);
    check(ends.length === 1, `${team.team} ended ${ends.length} times.`);
  }
}

function checkOutcome({ events, lives, scenario, tickets }: Evidence, whole: Evidence, check: Check): void {
  const decided = of(events, "race-decided").at(0);
  const finished = of(events, "run-finished").at(0);
  const { said } = lives.at(-1) ?? {};
  if (!decided || !finished || said?.kind !== "ended") return;
  check(decided.answer === finished.answer && said.answer === decided.answer, "It was told another answer.");
  check(decided.outcome === finished.outcome && said.outcome === decided.outcome, "It was told another outcome.");
  const expected = of(whole.events, "race-decided").at(0);
  check(decided.outcome === expected?.outcome, `The outcome is ${decided.outcome}, not ${expected?.outcome}.`);
  checkCourse({ decided, tickets, scenario, events }, { expected, tickets: whole.tickets }, check);
}

/** As far as the scenario has one course, it is the one of the run that was never killed. */
function checkCourse(
  {
    decided,
    tickets,
    scenario,
    events,
  }: Pick<Evidence, "tickets" | "scenario" | "events"> & {
    readonly decided: EventOf<"race-decided">;
  },
  whole: { readonly expected: EventOf<"race-decided"> | undefined; readonly tickets: Evidence["tickets"] },
  check: Check,
): void {
  const { expected } = whole;
  const titles = (of: Evidence["tickets"]) => of.map(({ title }) => title).join(", ");
  if (scenario.course !== "several") {
    check(decided.answer === expected?.answer, `The answer is ${decided.answer}, not ${expected?.answer}.`);
    check(decided.winner === expected?.winner, `The winner is ${decided.winner}, not ${expected?.winner}.`);
    check(titles(tickets) === titles(whole.tickets), `Tickets were opened: ${titles(tickets)}.`);
  } else if (decided.answer !== null) {
    const ended = of(events, "team-finished").find(({ team }) => team === decided.winner);
    check(ended?.answer === decided.answer, `${decided.winner} did not give the answer ${decided.answer}.`);
  }
}

/** The receipt's sum is the log's; without what was cut off it is that of a run that was never killed. */
function checkUsage({ events, scenario }: Evidence, whole: Evidence, check: Check): void {
  const usages = [...of(events, "step-finished"), ...of(events, "step-restarted")].flatMap(({ usage }) => usage ?? []);
  const finished = of(events, "run-finished").at(0);
  if (!finished) return;
  const { usage, teams } = finished;
  const sum = tokensOf(usages);
  check(usage.tokens === sum, `The receipt has ${usage.tokens} tokens, the log ${sum}.`);
  check(usage.calls === usages.length, `The receipt has ${usage.calls} calls, the log ${usages.length}.`);
  check(usage.estimated === usages.some(({ estimated }) => estimated), "What is estimated is not told.");
  const byTeams = teams.reduce((total, team) => total + team.usage.tokens, finished.aggregation?.tokens ?? 0);
  check(byTeams === sum, `The teams' receipts have ${byTeams} tokens.`);
  if (scenario.course !== "one") return;
  const recorded = sum - tokensOf(of(events, "step-restarted").flatMap((event) => event.usage ?? []));
  const expected = of(whole.events, "run-finished").at(0)?.usage.tokens;
  check(recorded === expected, `${recorded} tokens are recorded, not ${expected}.`);
  const steps = (given: readonly LoggedEvent[]) => of(given, "step-finished").map(({ key }) => key);
  check(steps(events).join() === steps(whole.events).join(), `Its steps are ${steps(events).join(", ")}.`);
}

/** A program that had run twice in one folder would have counted twice. */
function checkFolders({ events, counts }: Evidence, check: Check): void {
  const printed = new Map<string, number>();
  for (const { scope, result } of of(events, "step-finished")) {
    const told = /counted\n(\d+)/.exec(result?.text ?? "")?.[1];
    if (told === undefined) continue;
    const expected = (printed.get(scope) ?? 0) + 1;
    check(told === String(expected), `The program no. ${expected} of ${scope} counted ${told}.`);
    printed.set(scope, expected);
  }
  for (const { team, outcome } of of(events, "team-finished")) {
    const last = printed.get(team);
    if (outcome === "stopped" || last === undefined) continue;
    check(counts.get(team) === String(last), `The folder of ${team} has counted ${counts.get(team)}, not ${last}.`);
  }
}

function countsOf(evidence: Evidence, check: Check): Omit<Judgement, "problems" | "kills"> {
  const { lives, strayFiles } = evidence;
  return {
    ...askedAgain(evidence, check),
    ...effectsOf(evidence, check),
    leftovers: strayFiles.length + lives.flatMap(({ outliving }) => outliving).length,
  };
}

function askedAgain({ events, requests, scenario }: Evidence, check: Check) {
  let [recordedAskedAgain, inFlightAskedAgain] = [0, 0];
  for (let number = 1; number <= scenario.teams + (scenario.aggregates ? 1 : 0); number += 1) {
    const team = number > scenario.teams ? "aggregator" : `team-${number}`;
    const own = requests.filter(({ model }) => model === `${scenario.name}-${number - 1}`);
    const distinct = new Set(own.map(({ req_bytes }) => req_bytes)).size;
    const begun = of(events, "step-started").filter((event) => event.scope === team && event.step.kind === "model");
    const restarts = restartsOf(events, team);
    const twice = own.length - distinct;
    recordedAskedAgain += Math.max(0, twice - restarts.flat().length);
    inFlightAskedAgain = Math.max(inFlightAskedAgain, ...restarts.map((one) => one.length));
    const most = begun.length + restarts.flat().length;
    check(own.length <= most, `${team} asked ${own.length} times; its log has ${most} beginnings.`);
    const answered = of(events, "step-finished").filter(
      ({ scope, reply, attempts }) => scope === team && reply && attempts > 0,
    );
    check(own.length >= answered.length, `${team} asked ${own.length} times and has ${answered.length} replies.`);
  }
  check(recordedAskedAgain === 0, `${recordedAskedAgain} recorded calls were asked again.`);
  check(inFlightAskedAgain <= scenario.atOnce, `${inFlightAskedAgain} calls of one team were asked again at once.`);
  return { recordedAskedAgain, inFlightAskedAgain };
}

/** The model steps that a team began again, by process. */
function restartsOf(events: readonly LoggedEvent[], team: string): string[][] {
  const lives: string[][] = [[]];
  for (const event of events) {
    if (event.type === "run-resumed") lives.push([]);
    if (event.type === "step-restarted" && event.scope === team && event.usage) lives.at(-1)?.push(event.key);
  }
  return lives;
}

function effectsOf({ events, tickets, scenario }: Evidence, check: Check) {
  const fold = new EffectsFold();
  for (const event of events) fold.apply(event);
  const opened = new Map<string, number>();
  for (const { title } of tickets) opened.set(title, (opened.get(title) ?? 0) + 1);
  const performed = fold.effects.filter(({ state }) => state === "performed").map(titleOf);
  const staged = fold.basis === undefined ? [] : fold.stagedBy(fold.basis).map(titleOf);
  const effectsTwice = [...opened.values()].reduce((sum, times) => sum + times - 1, 0);
  const effectsLost = new Set([...performed, ...staged].filter((title) => !opened.has(title))).size;
  check(effectsTwice === 0, `${effectsTwice} tickets were opened twice.`);
  check(effectsLost === 0, `${effectsLost} tickets were not opened.`);
  for (const title of opened.keys()) check(performed.includes(title), `The log has no "${title}", which was opened.`);
  const inDoubt = of(events, "question-asked").length;
  const mayAsk = scenario.knows === "nothing";
  check(mayAsk || inDoubt === 0, `A person was asked ${inDoubt} times, where the tool could tell.`);
  check(fold.summary() !== "pending", "Its effects are not at an end.");
  return { effectsTwice, effectsLost, inDoubt };
}

function titleOf({ arguments: args }: { readonly arguments: Record<string, unknown> }): string {
  return String(args["title"]);
}

function tokensOf(usages: readonly Usage[]): number {
  return usages.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
}

function of<Type extends RunEvent["type"]>(
  events: readonly LoggedEvent[],
  type: Type,
): (LoggedEvent & EventOf<Type>)[] {
  return events.filter((event): event is LoggedEvent & EventOf<Type> => event.type === type);
}
