// node --expose-gc race.ts URL TEAMS all|first FOLDER: TEAMS Magentic-One teams, with the log on disk.
import { all, firstAnswer, magenticOne, race } from "../../src/index.ts";
import { argument, collectGarbage, cpuMs, tell } from "./argument.ts";

const [url, teams, policy, dataDir] = [argument(0), Number(argument(1)), argument(2), argument(3)];
const isWeighed = process.env["WEIGH"] !== undefined;
/** Each team has a model of its own, by which the server tells them apart; where memory is weighed they share one, as users' teams do. */
const models = Array.from({ length: teams }, (_, team) => (isWeighed ? `${url}#sim` : `${url}#sim-${team}`));
const once = (models: readonly string[]) =>
  race({
    task: "What is six times seven?",
    teams: magenticOne({ model: models, maxTurns: 200 }).times(models.length),
    policy: policy === "all" ? all() : firstAnswer(),
    dataDir,
    environment: {},
  });

// Earlier races of a process load and compile what later ones share.
for (let warm = 0; warm < 10; warm += 1) await once([`${url}#warm-${warm}`]).receipt;
collectGarbage();
const { rss, heapUsed } = process.memoryUsage();
let [peak, live] = [rss, 0];
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
const [cpu, begun] = [process.cpuUsage(), performance.now()];
const run = once(models);
if (isWeighed) weigh().catch((error: unknown) => process.stderr.write(String(error)));
const { outcome } = await run.result;
const [returnedAt, wall] = [performance.timeOrigin + performance.now(), performance.now() - begun];
const receipt = await run.receipt;
const used = cpuMs(cpu);
clearInterval(watch);
tell({
  wallMs: wall,
  cpuMs: used,
  returnedAt,
  peakKiB: (peak - rss) / 1024,
  liveKiB: live,
  outcome,
  finished: receipt.teams.filter((team) => team.outcome === "answered").length,
  calls: receipt.usage.calls,
});
process.exit(0);

/** What lives when half of the calls are done. */
async function weigh(): Promise<void> {
  let calls = 0;
  for await (const event of run.events) {
    if (event.type === "step-finished") calls += 1;
    if (calls < teams * 9) continue;
    collectGarbage();
    live = (process.memoryUsage().heapUsed - heapUsed) / 1024 / teams;
    return;
  }
}
