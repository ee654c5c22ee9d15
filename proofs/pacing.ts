import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { realClock } from "../src/base/clock.ts";
import type { EventOf, LoggedEvent } from "../src/events/run-event.ts";
import { limitedProxy } from "../test/fixtures/limited-provider/limited-proxy.ts";
import type { LimitedProvider } from "../test/fixtures/limited-provider/limited-provider.ts";
import { startScriptedModel } from "../test/fixtures/scripted-model/start.ts";
import type { Proof, ProofContext } from "../scripts/proof/proof.ts";

const M1P = fileURLToPath(new URL("../src/cli/m1p.ts", import.meta.url));
const RUNS = 8;
const TEAMS = 3;
const ROUNDS = 30;
/** Calls a minute, and from when on half of that. */
const LIMIT = 300;
const SHRINKS_AT_MS = 120_000;
const MINUTES_SHOWN = 10;
const MOST_REFUSED = 0.02;
const LEAST_USED = 0.8;
/** Teams that get the same number of calls differ by no more than this where capacity is dealt out fairly. */
const LEAST_EVEN = 0.8;

const VARIANTS = [
  { name: "limits announced in headers", announces: true },
  { name: "no headers, Retry-After only", announces: false },
];

interface Outcome {
  readonly name: string;
  readonly provider: LimitedProvider;
  /** When all teams had called once: before, processes start. */
  readonly beginMs: number;
  /** Whole minutes from there on. */
  readonly minutes: number;
  readonly finished: number;
  readonly answered: number;
}

/** Eight processes of one data directory against a provider with a sliding window that shrinks, and slow first tokens. */
const proof: Proof = async (context) => {
  const outcomes = await Promise.all(VARIANTS.map((variant) => play(variant, context)));
  const rows = outcomes.map((outcome) => {
    const { provider, minutes, beginMs } = outcome;
    const { used } = provider.share(minutes, beginMs);
    const refused = provider.refused / provider.calls.length;
    const shares = evenness(outcome);
    const holds =
      refused < MOST_REFUSED && used >= LEAST_USED && outcome.finished === RUNS * TEAMS && shares.even >= LEAST_EVEN;
    return { holds, outcome, used, refused, shares };
  });
  return {
    title: "Pacing: one limiter over eight processes",
    summary:
      `${RUNS} processes of \`m1p solve --policy all\` with ${TEAMS} teams each share one data directory and one provider on the loopback: ${LIMIT} calls in any 60 s, ` +
      `half of that from ${SHRINKS_AT_MS / 1000} s on, 429 with Retry-After beyond it; first tokens after 0.6 to 3.2 s. Nobody is told the limit beforehand. ` +
      "Used is what was taken in whole minutes from the moment when all teams had called once, of what was allowed in them; the rest of a minute, in which teams end, is left out. Refused is of all calls. " +
      "Calls of a team are counted until the first team ended. Not shown: a real provider, limits in tokens (tests have them on a virtual clock), clocks that differ. " +
      `The proof holds when all teams finish, under ${MOST_REFUSED * 100}% of calls are refused, at least ${LEAST_USED * 100}% of what is allowed is used, and no team gets less than ${LEAST_EVEN * 100}% of what another gets.`,
    holds: rows.every(({ holds }) => holds),
    tables: [
      {
        heading: "What the provider saw",
        columns: ["variant", "teams finished", "teams answered", "calls", "refused", "refused %", "used of allowed %"],
        rows: rows.map(({ outcome: { name, provider, finished, answered }, used, refused }) => [
          name,
          `${finished} of ${RUNS * TEAMS}`,
          answered,
          provider.calls.length,
          provider.refused,
          (refused * 100).toFixed(2),
          (used * 100).toFixed(1),
        ]),
      },
      {
        heading: "Calls of a team until the first team ended",
        columns: ["variant", "fewest", "most", "fewest of most %"],
        rows: rows.map(({ outcome: { name }, shares }) => [
          name,
          shares.fewest,
          shares.most,
          (shares.even * 100).toFixed(1),
        ]),
      },
      {
        heading: "By minute: taken / refused",
        columns: ["variant", ...Array.from({ length: MINUTES_SHOWN }, (_, minute) => `minute ${minute + 1}`)],
        rows: outcomes.map(({ name, provider }) => [
          name,
          ...Array.from({ length: MINUTES_SHOWN }, (_, minute) => byMinute(provider, minute)),
        ]),
      },
    ],
  };
};
export default proof;

function byMinute({ calls }: LimitedProvider, minute: number): string {
  const within = calls.filter(({ atMs }) => Math.floor(atMs / 60_000) === minute);
  const taken = within.filter(({ isTaken }) => isTaken).length;
  return `${taken} / ${within.length - taken}`;
}

async function play({ name, announces }: (typeof VARIANTS)[number], context: ProofContext): Promise<Outcome> {
  const latency = { uniform: [800, 4000] };
  const sim = { rounds: ROUNDS, participants: ["Coder"], latency_ms: latency, ttft_frac: 0.8 };
  const models = Object.fromEntries(Array.from({ length: RUNS }, (_, run) => [`run-${run}`, sim]));
  await using server = await startScriptedModel({ models });
  const limitAt = (elapsedMs: number) => (elapsedMs < SHRINKS_AT_MS ? LIMIT : LIMIT / 2);
  await using proxy = await limitedProxy(server.url, { clock: realClock, limitAt, announces, saysWhen: true });
  const dataDir = await mkdtemp(path.join(tmpdir(), "m1p-proof-"));
  try {
    const { provider } = proxy;
    const runs = await Promise.all(Array.from({ length: RUNS }, (_, run) => solve(proxy.url, run, dataDir, context)));
    const ends = runs.flat();
    const lastMs = provider.calls.at(-1)?.atMs ?? 0;
    const beginMs = allThereMs(provider);
    const minutes = Math.floor((lastMs - beginMs) / 60_000);
    context.say(
      `${name}: ${provider.calls.length} calls in ${(lastMs / 1000).toFixed(0)} s, ${provider.refused} refused`,
    );
    return {
      name,
      provider,
      beginMs,
      minutes,
      finished: ends.length,
      answered: ends.filter(({ outcome }) => outcome === "answered").length,
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** One run in a process of its own: how its teams ended. */
async function solve(
  url: string,
  run: number,
  dataDir: string,
  context: ProofContext,
): Promise<readonly EventOf<"team-finished">[]> {
  const models = Array.from({ length: TEAMS }, (_, team) => `${url}#run-${run}-${team}`).join(",");
  const args = ["solve", "What is six times seven?", "-k", String(TEAMS), "-m", models, "--policy", "all"];
  const { PATH, HOME, M1P_CACHE_DIR } = process.env;
  const child = spawn(process.execPath, [M1P, ...args, "--max-turns", String(ROUNDS + 5), "--json"], {
    cwd: dataDir,
    env: { PATH, HOME, ...(M1P_CACHE_DIR ? { M1P_CACHE_DIR } : {}), M1P_DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "pipe"],
    signal: context.signal,
  });
  let said = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [exitCode] = (await once(child, "close")) as [number | null];
  if (exitCode !== 0) context.say(`run ${run + 1} ended with ${exitCode}: ${errors.slice(-500)}`);
  return said
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LoggedEvent)
    .filter((event) => event.type === "team-finished");
}

function allThereMs({ calls }: LimitedProvider): number {
  const firsts = [...Map.groupBy(calls, ({ team }) => team).values()].map(([first]) => first?.atMs ?? 0);
  return Math.max(...firsts);
}

/** How evenly calls were dealt out while all teams were there. */
function evenness({ provider }: Outcome): { readonly fewest: number; readonly most: number; readonly even: number } {
  const taken = provider.calls.filter(({ isTaken }) => isTaken);
  const teams = Map.groupBy(taken, ({ team }) => team);
  const firstEnd = Math.min(...[...teams.values()].map((calls) => calls.at(-1)?.atMs ?? 0));
  const counts = [...teams.values()].map((calls) => calls.filter(({ atMs }) => atMs <= firstEnd).length);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  return { fewest, most, even: fewest / most };
}
