import { scenarioNamed, SCENARIO_NAMES } from "../test/crash/scenarios.ts";
import { describeKills, seededKills, tryCases, tryEveryWrite, type Tried } from "../test/crash/try-cases.ts";
import type { Kill } from "../test/crash/scenario.ts";
import type { Proof } from "../scripts/proof/proof.ts";

const SEEDS = 25;
const WRITES = 120;

/**
 * All scenarios, killed at every place, and by chance twice a run. An argument names one scenario; kills as JSON behind
 * it (as a failing case prints them) make it that one case.
 */
const proof: Proof = async (context) => {
  const [only, kills] = context.arguments;
  const names = only === undefined ? SCENARIO_NAMES : [only];
  const rows: (string | number)[][] = [];
  const problems: string[][] = [];
  for (const name of names) {
    const tried: Tried[] = [];
    const take = (one: Tried) => {
      context.signal.throwIfAborted();
      tried.push(one);
      for (const problem of one.judgement.problems) problems.push([name, describeKills(one.kills), problem]);
    };
    if (kills === undefined) await tryEveryWrite(name, take);
    const places = tried.length;
    const drawn = Array.from({ length: SEEDS }, (_, seed) => seededKills(seed, WRITES));
    await tryCases(name, kills === undefined ? drawn : [JSON.parse(kills) as Kill[]], take);
    context.say(`${name}: ${tried.length} cases, ${problems.length} problems so far`);
    rows.push(rowOf(name, places, tried));
  }
  return {
    title: "Killed anywhere",
    summary:
      "Each case is a run whose process kills itself (SIGKILL) before or after a write of its log or blobs, or is killed while a call of a ticket system is between request and answer; " +
      `then ${SEEDS} cases a scenario at writes drawn by chance, once or twice a run. It is resumed in a new process until it ends, and judged by its log, the model server's count of requests, the ticket system's tickets, the process table, the folders. ` +
      "A scenario is one with one course, or one possible winner, or several; outcome, tickets, steps and recorded usage are held to the run that was never killed as far as that determines them. `asked again` counts recorded model calls.",
    holds: problems.length === 0,
    tables: [
      {
        heading: "Cases",
        columns: [
          "scenario",
          "what is in it",
          "places",
          "cases",
          "kills",
          "with a problem",
          "effects twice",
          "effects lost",
          "asked again",
          "in flight again, most a team",
          "questions",
          "left over",
        ],
        rows,
      },
      { heading: "Problems", columns: ["scenario", "killed", "problem"], rows: problems },
    ],
  };
};
export default proof;

function rowOf(name: string, places: number, tried: readonly Tried[]): (string | number)[] {
  const sum = (pick: (judgement: Tried["judgement"]) => number) =>
    tried.reduce((total, { judgement }) => total + pick(judgement), 0);
  return [
    name,
    scenarioNamed(name).about,
    places,
    tried.length,
    sum(({ kills }) => kills),
    sum(({ problems }) => (problems.length > 0 ? 1 : 0)),
    sum(({ effectsTwice }) => effectsTwice),
    sum(({ effectsLost }) => effectsLost),
    sum(({ recordedAskedAgain }) => recordedAskedAgain),
    Math.max(...tried.map(({ judgement }) => judgement.inFlightAskedAgain)),
    sum(({ inDoubt }) => inDoubt),
    sum(({ leftovers }) => leftovers),
  ];
}
