// node loop.ts PEER VARIANT STEPS REPEATS ROOT FILE: one loop of STEPS model calls after another, the best of REPEATS.
import { openAdapter } from "../peers/adapter.ts";
import { argument, collectGarbage, cpuMs, tell } from "./argument.ts";

const [peer, variant, steps, repeats] = [argument(0), argument(1), Number(argument(2)), Number(argument(3))];
const [root, file] = [argument(4), argument(5)];
const { make } = await openAdapter(peer);
const base = (count: number) => `${root}/n${count}/d0/v1`;
for (let warm = 0; warm < 2; warm += 1) await make(base(20), 20, variant, { file })({});

const runs: { cpu: number; wall: number; middle: number; last: number }[] = [];
for (let repeat = 0; repeat < repeats; repeat += 1) {
  collectGarbage();
  const at: number[] = [];
  const loop = make(base(steps), steps, variant, { file });
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  const done = await loop({ onStep: () => at.push(performance.now()) });
  const [used, wall] = [cpuMs(cpu), performance.now() - begun];
  if (done.steps !== steps) throw new Error(`${done.steps} steps instead of ${steps}`);
  const pace = (from: number, to: number) => ((at[to] ?? Number.NaN) - (at[from] ?? Number.NaN)) / (to - from);
  runs.push({ cpu: used / steps, wall: wall / steps, middle: pace(40, 58), last: pace(steps - 20, steps - 2) });
}
const least = (key: "cpu" | "wall" | "middle" | "last") => Math.min(...runs.map((run) => run[key]));
tell({ cpu: least("cpu"), wall: least("wall"), step50: least("middle"), last20: least("last") });
process.exit(0);
