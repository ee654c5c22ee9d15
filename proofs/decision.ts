import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { magenticOne } from "../src/run/line-up/magentic-one.ts";
import { race } from "../src/run/race.ts";
import type { Proof, ProofContext } from "../scripts/proof/proof.ts";
import { startScriptedModel, type ScriptedModelServer } from "../test/fixtures/scripted-model/start.ts";

const RACES = 60;
const TEAMS = 3;
/** Two commits come on top of the goal: how long one takes here is measured as well. */
const GOAL_MS = 10;

interface Case {
  readonly name: string;
  /** How team-2 and team-3 lose. */
  readonly loser: object;
}

const CASES: readonly Case[] = [
  { name: "losers between calls", loser: { latency_ms: 30, rounds: 999 } },
  {
    name: "losers in a ledger call that hangs 20 s",
    loser: { faults: [{ kind: "ledger", at: 1, count: 9, type: "hang", ms: 20_000 }] },
  },
  { name: "losers run sleep(8)", loser: { code: "import time\ntime.sleep(8)" } },
];

/** From the moment the winner's last reply leaves the server to the moment the answer is returned. */
const proof: Proof = async (context) => {
  const server = await startScriptedModel();
  const dataDir = await mkdtemp(path.join(tmpdir(), "m1p-proof-"));
  const rows: (string | number)[][] = [];
  let holds = true;
  try {
    for (const each of CASES) {
      const delays = await delaysOf(each, server, dataDir, context);
      holds &&= delays.every(({ aborted, begun }) => begun === 0 && aborted > 0);
      const answered = delays.map(({ answered: ms }) => ms).toSorted((one, other) => one - other);
      const quiet = delays.map(({ quiet: ms }) => ms).toSorted((one, other) => one - other);
      holds &&= at(answered, 0.5) < GOAL_MS;
      const begun = delays.reduce((sum, delay) => sum + delay.begun, 0);
      rows.push([
        each.name,
        ...[0, 0.5, 0.9, 0.99].map((share) => at(answered, share).toFixed(1)),
        at(quiet, 0.99),
        begun,
      ]);
      context.say(`${each.name}: median ${at(answered, 0.5).toFixed(1)} ms`);
    }
  } finally {
    await server[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
  return {
    title: "How fast a race is decided",
    summary:
      `${RACES} races a case, ${TEAMS} teams over HTTP against the scripted model server, real sandbox, SQLite log with fsync. ` +
      "Measured from the server's send of the winner's last reply (its own clock, same machine) to the moment `run.result` resolves; it includes the commits of the last step, the team's end and `race-decided`. " +
      "Not measured: the network, and a loaded disk. The proof holds when no call was begun after a decision, every loser's call or program was cut off, and the median is under 10 ms.",
    holds,
    tables: [
      {
        heading: "Last reply to answer, in milliseconds",
        columns: ["case", "minimum", "median", "p90", "p99", "quiet after the decision, p99", "calls begun after"],
        rows,
      },
    ],
  };
};
export default proof;

interface Delay {
  readonly answered: number;
  readonly quiet: number;
  readonly aborted: number;
  readonly begun: number;
}

async function delaysOf(
  { loser }: Case,
  server: ScriptedModelServer,
  dataDir: string,
  { signal }: ProofContext,
): Promise<Delay[]> {
  const winner = { latency_by_kind: { final: 150 }, code: "print('step')" };
  const sim = {
    rounds: 3,
    participants: ["Coder", "ComputerTerminal"],
    latency_ms: 5,
    teams: { "0": winner, "1": loser, "2": loser },
  };
  await server.play({ models: { sim } });
  const delays: Delay[] = [];
  for (let index = 0; index < RACES; index += 1) {
    signal.throwIfAborted();
    await server.play({ models: { sim } });
    const models = Array.from({ length: TEAMS }, (_, team) => `${server.url}#sim-${team}`);
    const run = race({ task: "What is six times seven?", teams: magenticOne({ model: models }).times(TEAMS), dataDir });
    await run.result;
    const returned = performance.timeOrigin + performance.now();
    const { afterWin } = await run.receipt;
    const { log } = await server.stats();
    const last = log.findLast((call) => call.kind === "final" && call.model === "sim-0");
    delays.push({
      answered: returned - (last?.t_sent ?? Number.NaN),
      quiet: afterWin.quietMs,
      aborted: afterWin.callsAborted,
      begun: afterWin.callsBegun,
    });
  }
  return delays;
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}
