// node --expose-gc many-loops.ts PEER VARIANT LOOPS ROOT FILE: LOOPS loops at once, 20 calls of 50 ms each.
import { openAdapter } from "../peers/adapter.ts";
import { argument, collectGarbage, cpuMs, tell } from "./argument.ts";

const STEPS = 20;
const [peer, variant, loops, root, file] = [argument(0), argument(1), Number(argument(2)), argument(3), argument(4)];
const { make, many } = await openAdapter(peer);
const base = (delayMs: number) => `${root}/n${STEPS}/d${delayMs}/v1`;
for (let warm = 0; warm < 3; warm += 1) await make(base(0), STEPS, variant, { file })({});
collectGarbage();

const before = process.memoryUsage().rss;
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
const [cpu, begun] = [process.cpuUsage(), performance.now()];
const loop = make(base(50), STEPS, variant, { file });
const all = many
  ? [many(base(50), STEPS, variant, { file, loops })({})]
  : Array.from({ length: loops }, async () => await loop({}));
const ends = await Promise.allSettled(all);
const [wall, used] = [performance.now() - begun, cpuMs(cpu)];
clearInterval(watch);
const bad = ends.filter((end) => end.status === "rejected" || end.value.steps !== STEPS);
tell({
  seconds: wall / 1000,
  cpu: used / loops / STEPS,
  peakKiB: (Math.max(peak, process.memoryUsage().rss) - before) / 1024 / loops,
  failed: bad.length,
  why: bad.slice(0, 1).map((end) => String(end.status === "rejected" ? end.reason : "steps missing").slice(0, 200)),
});
process.exit(0);
