import type { ProofContext, ResultTable } from "../../scripts/proof/proof.ts";
import type { RequestEntry } from "../../test/fixtures/scripted-model/start.ts";
import type { Told } from "./child.ts";
import { RaceBench, type AutogenLedger, type Raced, type RaceSetting } from "./race-bench.ts";

/** One line of the table: AutoGen's figure, ours, the goal, and whether it is met. */
export interface RaceRow {
  readonly what: string;
  readonly autogen: string;
  readonly ours: string;
  readonly goal: string;
  /** Undefined where nothing of ours could be measured, or there is no goal. */
  readonly met: boolean | undefined;
}

/** 18 calls a team: facts, plan, 8 ledgers, 7 of the coder, the answer. Nobody runs code: that would measure Python. */
const EIGHTEEN = { rounds: 8, participants: ["Coder"] };
const RACES = 10;

/** Races of whole Magentic-One teams against the paper's own implementation; everything by HTTP, our log on disk. */
export async function measureRaces(context: ProofContext, python: string): Promise<readonly RaceRow[]> {
  await using bench = await RaceBench.open(python, context.signal);
  const rows: RaceRow[] = [];
  for (const part of [costOfCall, manyTeams, thousandTeams, decisions, logNormalRace])
    rows.push(...(await part(bench, (line) => context.say(line))));
  return rows;
}

export function rowsOf(rows: readonly RaceRow[]): ResultTable {
  const said = (met: boolean | undefined) => (met === undefined ? "" : met ? "yes" : "**no**");
  return {
    heading: "Races of Magentic-One teams, beside AutoGen 0.7.5",
    columns: ["", "AutoGen", "m1-parallel", "goal", "met"],
    rows: rows.map(({ what, autogen, ours, goal, met }) => [what, autogen, ours, goal, said(met)]),
  };
}

type Part = (bench: RaceBench, say: (line: string) => void) => Promise<readonly RaceRow[]>;

const costOfCall: Part = async (bench, say) => {
  const sim = { rounds: 20, participants: ["Coder"] };
  const calls = 42;
  const one: RaceSetting = { teams: 1, policy: "all" };
  const least = { json: Infinity, structured: Infinity, ours: Infinity, raw: Infinity };
  for (let round = 1; round <= 5; round += 1) {
    say(`CPU of a model call, round ${round} of 5`);
    for (const ledger of ["json", "structured"] as const) {
      await bench.play(sim);
      least[ledger] = Math.min(least[ledger], ...of(await bench.autogen(one, ledger), ({ cpuMs }) => cpuMs / calls));
    }
    await bench.play(sim);
    least.ours = Math.min(least.ours, ...of(await bench.ours(one), (told) => told.cpuMs / told.calls));
    least.raw = Math.min(least.raw, ...of(await bench.raw(sim, 1), (told) => told.cpuMs / told.calls));
  }
  return [
    {
      what: `CPU of a model call, one team of ${calls} calls, server without latency (minimum of 5)`,
      autogen: `${least.json.toFixed(1)} ms, structured ledgers ${least.structured.toFixed(1)} ms`,
      ours: `${least.ours.toFixed(2)} ms, log on disk (raw fetch of the same bodies: ${least.raw.toFixed(2)} ms)`,
      goal: "raw fetch + 0.8 ms",
      met: least.ours - least.raw <= 0.8,
    },
  ];
};

const manyTeams: Part = async (bench, say) => {
  const sim = { ...EIGHTEEN, latency_ms: 50 };
  const setting: RaceSetting = { teams: 256, policy: "all" };
  say("256 teams: raw fetch, m1-parallel, AutoGen");
  const rates: { raw: number[]; ours: number[] } = { raw: [], ours: [] };
  for (let round = 0; round < 3; round += 1) {
    rates.raw.push(...of(await bench.raw(sim, 256), rate));
    await bench.play(sim);
    rates.ours.push(...of(await bench.ours(setting), rate));
  }
  // One session of the server for all teams: its rounds are those of all together.
  await bench.play({ ...sim, rounds: 256 * 8 });
  const [weighed] = of(await bench.ours({ ...setting, weigh: true }), (told) => told);
  await bench.play(sim);
  const theirs = await bench.autogen(setting, "json");
  const [raw, ours] = [Math.max(...rates.raw), Math.max(...rates.ours)];
  return [
    {
      what: "256 teams at once, 18 calls each, 50 ms a call (ideal: 0.95 s)",
      autogen: tell(
        theirs,
        ({ wallMs }) => `${(wallMs / 1000).toFixed(1)} s, ${((256 * 18 * 1000) / wallMs).toFixed(0)} calls/s`,
      ),
      ours: `${((256 * 18) / ours).toFixed(1)} s, ${ours.toFixed(0)} calls/s (raw fetch: ${raw.toFixed(0)} calls/s)`,
      goal: "80% of raw fetch's calls/s",
      met: ours >= 0.8 * raw,
    },
    {
      what: "memory a team among 256",
      autogen: tell(theirs, ({ peakKiB }) => `${(peakKiB / 256).toFixed(0)} KiB peak`),
      ours: weighed
        ? `${weighed.liveKiB.toFixed(0)} KiB alive after a collection in mid-race, ${(weighed.peakKiB / 256).toFixed(0)} KiB peak`
        : "not measured",
      goal: "under 150 KiB alive",
      met: weighed && weighed.liveKiB < 150,
    },
  ];
};

const thousandTeams: Part = async (bench, say) => {
  say("1,000 teams in one process");
  await bench.play({ ...EIGHTEEN, latency_ms: 50 });
  const told = await bench.ours({ teams: 1000, policy: "all" });
  return [
    {
      what: "1,000 teams in one process, 18 calls each, to the end of all",
      autogen: "not measured",
      ours: tell(
        told,
        ({ wallMs, finished, calls, cpuMs }) =>
          `${finished} ended, ${(wallMs / 1000).toFixed(1)} s, ${calls} calls, ${(cpuMs / calls).toFixed(2)} ms CPU a call`,
      ),
      goal: "all end",
      met: "result" in told && told.result.finished === 1000 && told.result.calls === 18_000,
    },
  ];
};

/** How the two others lose while the first team answers. */
const LOSERS = [
  { what: "losers between calls", loser: { latency_ms: 30, rounds: 999 }, runCode: false },
  { what: "losers in code that sleeps 8 s", loser: { code: "import time\ntime.sleep(8)" }, runCode: true },
  {
    what: "losers in a ledger call that hangs 20 s",
    loser: { faults: [{ kind: "ledger", at: 1, count: 9, type: "hang", ms: 20_000 }] },
    runCode: false,
  },
] as const;

const decisions: Part = async (bench, say) => {
  const rows: RaceRow[] = [];
  for (const { what, loser, runCode } of LOSERS) {
    const winner = { latency_by_kind: { final: 150 } };
    const sim = {
      rounds: 3,
      participants: runCode ? ["Coder", "ComputerTerminal"] : ["Coder"],
      latency_ms: 5,
      teams: { "0": { ...winner, code: "print(42)" }, "1": loser, "2": loser },
    };
    const setting: RaceSetting = { teams: 3, policy: "first", runCode };
    say(`${what}: ${RACES} races each`);
    const ours = await decide(bench, sim, RACES, () => bench.ours(setting));
    const theirs: string[] = [];
    for (const ledger of ["json", "structured"] satisfies AutogenLedger[]) {
      const races = runCode ? 3 : RACES;
      const decided = await decide(bench, sim, races, () => bench.autogen(setting, ledger));
      theirs.push(
        `${ledger}: ${spread(decided.delays)}, ${decided.begun} calls begun after, ${decided.aborted} cut off`,
      );
    }
    rows.push({
      what: `last reply of the winner leaves the server to the answer; ${what}`,
      autogen: theirs.join("; "),
      ours: `${spread(ours.delays)}, ${ours.begun} calls begun after, ${ours.aborted} cut off`,
      goal: "10 ms (p99: see how fast a race is decided), 0 begun after",
      met: ours.delays.length === RACES && median(ours.delays) <= 10 && ours.begun === 0,
    });
  }
  return rows;
};

interface Decided {
  readonly delays: readonly number[];
  readonly begun: number;
  readonly aborted: number;
}

async function decide(
  bench: RaceBench,
  sim: object,
  races: number,
  race: () => Promise<Told<Raced>>,
): Promise<Decided> {
  const delays: number[] = [];
  let [begun, aborted] = [0, 0];
  for (let index = 0; index < races; index += 1) {
    await bench.play(sim);
    const told = await race();
    if ("failure" in told) continue;
    const { log } = await bench.server.stats();
    const sent = log.findLast(isWinnersLast)?.t_sent ?? Number.NaN;
    delays.push(told.result.returnedAt - sent);
    begun += log.filter(({ t_recv }) => t_recv > sent).length;
    aborted += log.filter(({ disconnected }) => disconnected).length;
  }
  return { delays, begun, aborted };
}

function isWinnersLast({ kind, model }: RequestEntry): boolean {
  return kind === "final" && model === "sim-0";
}

/** Teams whose speed differs by a log-normal factor: what is gained by taking the first of four. */
const logNormalRace: Part = async (bench, say) => {
  const races = 12;
  const total = { mean: 0, best: 0, ours: 0, autogen: 0 };
  let failed = 0;
  for (let seed = 1; seed <= races; seed += 1) {
    say(`log-normal race ${seed} of ${races}`);
    const sim = {
      rounds: 5,
      participants: ["Coder"],
      latency_ms: 100,
      team_factor: { lognormal: { median: 1, sigma: 0.6 }, seed },
    };
    const setting: RaceSetting = { teams: 4, policy: "first" };
    await bench.play(sim);
    const ours = await bench.ours(setting);
    const factors = await factorsOf(bench);
    await bench.play(sim);
    const theirs = await bench.autogen(setting, "json");
    if (factors.length !== 4 || "failure" in ours || "failure" in theirs) {
      failed += 1;
      continue;
    }
    total.mean += (factors.reduce((sum, factor) => sum + factor, 0) / 4) * 1200;
    total.best += Math.min(...factors) * 1200;
    total.ours += ours.result.wallMs;
    total.autogen += theirs.result.wallMs;
  }
  const gain = (wall: number) => (total.mean / wall).toFixed(2);
  return [
    {
      what: `speed-up of four teams over one, ${races - failed} races, 12 calls of 100 ms times a log-normal factor a team (sigma 0.6); ideal ${gain(total.best)}`,
      autogen: gain(total.autogen),
      ours: `${gain(total.ours)} (${((100 * total.best) / total.ours).toFixed(1)}% of the ideal)`,
      goal: "98% of the ideal",
      met: failed === 0 && total.best / total.ours >= 0.98,
    },
  ];
};

async function factorsOf(bench: RaceBench): Promise<readonly number[]> {
  const { sessions } = (await bench.server.stats()) as unknown as { sessions: Record<string, { factor: number }> };
  return Object.entries(sessions)
    .filter(([name]) => name.startsWith("sim"))
    .map(([, { factor }]) => factor);
}

function rate({ calls, wallMs }: { readonly calls: number; readonly wallMs: number }): number {
  return (calls * 1000) / wallMs;
}

function of<Result, Value>(told: Told<Result>, value: (result: Result) => Value): Value[] {
  return "result" in told ? [value(told.result)] : [];
}

function tell<Result>(told: Told<Result>, text: (result: Result) => string): string {
  return "result" in told ? text(told.result) : told.failure;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  if (values.length === 0) return "no race ended";
  return `median ${show(median(values))}, worst of ${values.length} ${show(Math.max(...values))}`;
}

function show(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
