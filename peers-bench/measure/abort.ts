// node abort.ts PEER VARIANT model|tool ROOT FILE: how fast an abort settles, in a model call or in a tool that ignores it.
import { setTimeout as sleep } from "node:timers/promises";
import { openAdapter } from "../peers/adapter.ts";
import { argument, tell } from "./argument.ts";

const TOOL_MS = 2500;
const [peer, variant, where, root, file] = [argument(0), argument(1), argument(2), argument(3), argument(4)];
const { make } = await openAdapter(peer);
// Some peers leave rejections of their own unhandled after an abort.
let unhandled = 0;
process.on("unhandledRejection", () => (unhandled += 1));
await make(`${root}/n3/d0/v1`, 3, variant, { file })({});

const settled: number[] = [];
let begunAfter = 0;
for (let turn = 0; turn < 5; turn += 1) {
  await fetch(`${root}/reset`);
  const controller = new AbortController();
  const isTool = where === "tool";
  const loop = make(`${root}/n5/d${isTool ? 0 : 4000}/v1`, 5, variant, { file });
  const end = loop({
    signal: controller.signal,
    ...(isTool && { onTool: async () => await sleep(TOOL_MS) }),
  }).then(
    () => undefined,
    () => undefined,
  );
  await sleep(500);
  const aborted = performance.timeOrigin + performance.now();
  controller.abort();
  await end;
  settled.push(performance.timeOrigin + performance.now() - aborted);
  await sleep(isTool ? TOOL_MS : 300);
  const { arrivals } = (await (await fetch(`${root}/stats`)).json()) as { readonly arrivals: readonly number[] };
  begunAfter += arrivals.filter((at) => at > aborted).length;
}
settled.sort((one, other) => one - other);
tell({ medianMs: settled[2], worstMs: settled[4], begunAfter, unhandled });
process.exit(0);
