import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UsageError } from "../src/base/errors.ts";
import { installPeers } from "../peers-bench/bench/install.ts";
import { measureLifetime } from "../peers-bench/bench/lifetime.ts";
import { measureLoops } from "../peers-bench/bench/loops.ts";
import { measureRaces, rowsOf } from "../peers-bench/bench/races.ts";
import type { Proof, ResultTable } from "../scripts/proof/proof.ts";

/**
 * Side by side in one run with AutoGen and the frameworks of TypeScript. Arguments: `races` or `loops` for that half
 * only; a number of loops at once instead of 1,024.
 */
const proof: Proof = async (context) => {
  if (!existsSync(fileURLToPath(new URL("../dist/cli/m1p.js", import.meta.url))))
    throw new UsageError("no-build", "There is no built package.", { hint: "npm run build" });
  const parts = context.arguments.filter((given) => given === "races" || given === "loops");
  const many = Number(context.arguments.find((given) => /^\d+$/.test(given)) ?? 1024);
  const { python } = await installPeers((line) => context.say(line));
  const tables: ResultTable[] = [];
  let holds = true;
  if (parts.length === 0 || parts.includes("races")) {
    const rows = [
      ...(await measureRaces(context, python)),
      ...(await measureLifetime(python, (line) => context.say(line))),
    ];
    tables.push(rowsOf(rows));
    holds &&= rows.every(({ met }) => met !== false);
  }
  if (parts.length === 0 || parts.includes("loops")) {
    const { tables: loops, goals } = await measureLoops(context, many);
    const rows = goals.map(({ goal, measured, met }) => [goal, measured, met ? "yes" : "**no**"]);
    tables.push({ heading: "Goals of the loops", columns: ["goal", "measured", "met"], rows }, ...loops);
    holds &&= goals.every(({ met }) => met);
  }
  return { title: "Beside the peers", summary: SUMMARY, holds, tables };
};
export default proof;

const SUMMARY = `All sides talk by HTTP to scripted servers on the loopback, one after another on the same machine and in the same run; our log is
on disk, every commit fsynced. The peers are pinned in \`peers-bench/peers\`; what each is given to do stands there. AutoGen runs teams of its
own Magentic-One with a client each and without a log, as its ParallelAgents does; ours have their log, their workspace and their account.
CPU is the time of the process, user and system; it does not count what the servers take. Minimums are shown where it is said, since the machine is
never quite idle. Processes of ours and of raw fetch are warmed up by earlier races, as a compiler at run time wants it; Python has none.

Not measured: anything over a real network or with a real model; AutoGen's distributed runtime; LangGraph's own cloud; more than one machine.
"SIGKILL" is one try here: the proof is \`docs/results/crash.md\`. The delay of a decision in 60 races a case is \`docs/results/decision.md\`.
A peer's "calls begun after" counts requests that reach the server after the winner's last reply has left it.`;
