import { isDeepStrictEqual } from "node:util";
import type { EventOf, LoggedEvent, RunUsage, Verdict } from "../../src/events/run-event.ts";
import { verifyChain } from "../../src/log/chain.ts";
import { reduce } from "../../src/race/reduce.ts";
import { WAITING_RACE } from "../../src/race/race-state.ts";
import { MortalProcess } from "../../src/testing/index.ts";
import { checkEffects } from "./check-effects.ts";
import { Referee } from "./referee.ts";
import type { World } from "./world.ts";

/** Quiet takes at most half a second, and the commits of its beginning and its end. */
const QUIET_MS = 600;

/** Holds the whole of a run that has come to rest against the promises. */
export function checkRun(world: World): void {
  checkChain(world);
  const events = [...world.disk.open({ process: new MortalProcess(world.clock) }).read()];
  checkEnd(world, events);
  checkDecision(world, events);
  checkRules(world, events);
  checkTeams(world, events);
  checkEnded(world, events);
  checkUsage(world, events);
  checkEffects(world, events);
}

function checkChain(world: World): void {
  const verdict = verifyChain(world.runId, world.rows);
  if (!verdict.intact) world.notes.violate("L3", `The chain breaks at ${verdict.seq}: ${verdict.problem}.`);
  const times = world.rows.map(({ time }) => time);
  if (times.some((time, index) => time < (times[index - 1] ?? 0)))
    world.notes.violate("L3", "Time goes back in the log.");
}

/** R1, R3: one decision and one end, unless the run waits for a person who never answers. */
function checkEnd(world: World, events: readonly LoggedEvent[]): void {
  const count = (type: LoggedEvent["type"]) => events.filter((event) => event.type === type).length;
  const { begun, finished, openQuestions } = world.witness;
  if (!begun) return;
  const waits = !finished && openQuestions.size > 0 && world.scenario.person.answers === "never";
  const expected = waits ? 0 : 1;
  for (const type of ["race-decided", "run-finished"] as const)
    if (count(type) !== expected)
      world.notes.violate("R1", `There are ${count(type)} ${type} where ${expected} is due.`);
  world.notes.count(waits ? "R1: runs that wait for a person" : "R1: runs with one outcome");
  const end = ended(events);
  if (!end) return;
  const { quietMs, stillAlive } = end.afterWin;
  if (quietMs > QUIET_MS) world.notes.violate("R3", `The end comes ${quietMs} ms after the decision.`);
  if (stillAlive.length > 0) world.notes.count("R3: ends that say what still lives");
  if (end.afterWin.callsAborted > 0) world.notes.count("R3: calls cut off by the decision", end.afterWin.callsAborted);
  const decided = events.find((event) => event.type === "race-decided");
  if (decided && !isDeepStrictEqual(verdictOf(decided), verdictOf(end)))
    world.notes.violate("R1", "run-finished tells another outcome than race-decided.");
}

/** R1: the reducer over the log comes to what the log says. */
function checkDecision({ notes }: World, events: readonly LoggedEvent[]): void {
  const decided = events.find((event) => event.type === "race-decided");
  let state = WAITING_RACE;
  for (const event of events) if (event.type !== "race-decided") [state] = reduce(state, event);
  const { verdict } = state;
  if (!isDeepStrictEqual(decided && verdictOf(decided), verdict && verdictOf(verdict)))
    notes.violate("R1", `The log's events lead to ${verdict?.outcome} and not to ${decided?.outcome}.`);
  if (decided) notes.count(`outcome: ${decided.outcome}`);
  const made = events.find((event) => event.type === "answers-aggregated");
  if (made) notes.count(decided?.explanation?.by === "llm" ? "answers: llm" : "answers: vote for want of a model");
}

/** R2: so do the rules in other words. */
function checkRules({ notes }: World, events: readonly LoggedEvent[]): void {
  const [start] = events;
  if (start?.type !== "run-started") return;
  const decided = events.find((event) => event.type === "race-decided");
  // What comes behind the decision (teams that are stopped) must not be what decided it.
  const before = decided ? events.filter(({ seq }) => seq < decided.seq) : events;
  const ruling = new Referee(start).rule(before);
  const { outcome, winner } = ruling ?? {};
  if (outcome !== decided?.outcome || winner !== decided?.winner)
    notes.violate(
      "R2",
      `By the rules it is ${outcome} (${winner}); the log has ${decided?.outcome} (${decided?.winner}).`,
    );
  if (ruling && countsNonAnswers(events, ruling.seq)) notes.count("R2: ends that were no answer, before the decision");
}

function countsNonAnswers(events: readonly LoggedEvent[], before: number): boolean {
  return events.some(
    (event) =>
      event.type === "team-finished" && event.seq < before && ["gave-up", "turn-limit"].includes(event.outcome),
  );
}

/** R4, S4: who fails has a reason of its own, and who goes another way than its log does not go on. */
function checkTeams(world: World, events: readonly LoggedEvent[]): void {
  const { mayFail, mustFail } = world.notes;
  for (const end of events) {
    if (end.type !== "team-finished") continue;
    const { team } = end;
    if (end.outcome === "failed" && !mayFail.has(team)) world.notes.violate("R4", `${team} fails: ${end.reason}`);
    if (end.outcome === "failed") world.notes.count("R4: teams that failed alone");
    if (!mustFail.has(team)) continue;
    if (end.outcome !== "failed" && end.outcome !== "stopped")
      world.notes.violate("S4", `${team} did something else than the log has of it, and ends as ${end.outcome}.`);
    else world.notes.count("S4: other courses found");
  }
}

/** G1: every call to a model has its end, with what it used, however the process ended that made it. */
function checkEnded(world: World, events: readonly LoggedEvent[]): void {
  if (!ended(events)) return;
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === "step-started" && event.step.kind === "model") open.add(event.key);
    if (event.type === "step-finished") open.delete(event.key);
    if (event.type === "step-finished" && event.failure?.code === "step-left") world.notes.count("calls left behind");
  }
  if (open.size > 0) world.notes.violate("G1", `${[...open].join(", ")} have no end.`);
}

/** G1 as far as it is built: what was spent is the sum of what the log has, restarts included. */
function checkUsage(world: World, events: readonly LoggedEvent[]): void {
  const end = ended(events);
  if (!end) return;
  const spent = events.flatMap((event) =>
    (event.type === "step-finished" || event.type === "step-restarted") && event.usage && event.seq < end.seq
      ? [{ team: event.scope, usage: event.usage }]
      : [],
  );
  const sumOf = (team?: string) => {
    const own = spent.filter((each) => team === undefined || each.team === team);
    const tokens = own.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0);
    return { calls: own.length, tokens };
  };
  const same = ({ calls, tokens }: RunUsage, sum: { calls: number; tokens: number }) =>
    calls === sum.calls && tokens === sum.tokens;
  if (!same(end.usage, sumOf()))
    world.notes.violate("S1", `The run's usage is not the sum over its log: ${end.usage.tokens}.`);
  for (const { team, usage } of end.teams)
    if (!same(usage, sumOf(team)))
      world.notes.violate("S1", `${team}'s usage is not the sum over the log: ${usage.tokens}.`);
  for (const event of events) checkCounted(world, event);
}

/** What the provider counted is what the log has. */
function checkCounted(world: World, event: LoggedEvent): void {
  if (event.type !== "step-finished" || event.attempts !== 1 || !event.usage || event.status !== "succeeded") return;
  const counted = event.reply && world.notes.counted.get(event.reply.text);
  if (!counted || event.usage.estimated) return;
  if (event.usage.inputTokens !== counted.inputTokens || event.usage.outputTokens !== counted.outputTokens)
    world.notes.violate("S1", `The usage of ${event.key} is not what the provider counted.`);
}

function ended(events: readonly LoggedEvent[]): (LoggedEvent & EventOf<"run-finished">) | undefined {
  return events.find((event): event is LoggedEvent & EventOf<"run-finished"> => event.type === "run-finished");
}

function verdictOf({ outcome, answer, why, winner, findings, latencyMs }: Verdict): Verdict {
  return { outcome, answer, why, winner, findings, latencyMs };
}
