import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { ROOT } from "../scripts/checks/command.ts";
import type { Proof } from "../scripts/proof/proof.ts";
import { realClock } from "../src/base/clock.ts";
import { findRun, openRun } from "../src/run/kept-runs/find-run.ts";
import { startScriptedModel, type ScriptedModelServer } from "../test/fixtures/scripted-model/start.ts";

const STEPS = 1000;
const TIMES = 9;
const GOAL_MS = 500;
const DIST = join(ROOT, "dist");
/** Far more than are recorded: the run must not end by itself. */
const TURNS = 1000;
const SCENARIO = { models: { sim: { rounds: TURNS, participants: ["Coder"], pad_chars: 300 } } };

/** A program of a person's, which begins a run or goes on with it. */
const PROGRAM = `
import { Conversation, functionTeam, race, resume } from ${JSON.stringify(pathToFileURL(join(DIST, "index.js")).href)};
const [act, dataDir, model] = process.argv.slice(2);
const asker = functionTeam("asker", async ({ steps }) => {
  let talk = Conversation.of({ role: "user", content: "Begin." });
  for (let turn = 1; ; turn += 1) {
    const { text } = await steps.model({ conversation: talk });
    talk = talk.append({ role: "assistant", content: text }, { role: "user", content: "Go on, " + turn + "." });
  }
}, { model });
const teams = [asker];
await (act === "start" ? race({ task: "?", teams, dataDir }) : resume({ run: "last", teams, dataDir })).result;
`;

interface Way {
  readonly name: string;
  readonly arguments: (act: "start" | "resume", dataDir: string, model: string) => readonly string[];
}

/** How long a resumed run takes to its first new model request. Needs the built package. */
const proof: Proof = async (context) => {
  if (!existsSync(join(DIST, "index.js"))) throw new Error("There is no built package: npm run build");
  const folder = mkdtempSync(join(tmpdir(), "m1p-resume-"));
  const server = await startScriptedModel(SCENARIO);
  try {
    const rows: (string | number)[][] = [];
    let holds = true;
    for (const way of waysIn(folder)) {
      for (const steps of [1, STEPS]) {
        context.signal.throwIfAborted();
        const { times, recorded } = await measure(way, steps, server, folder);
        const sorted = times.toSorted((one, other) => one - other);
        const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
        holds &&= at(0.5) < GOAL_MS;
        rows.push([way.name, recorded, at(0), at(0.5), at(1)]);
        context.say(`${way.name}, ${recorded} steps: median ${at(0.5)} ms`);
      }
    }
    return {
      title: "Resume to the first new step",
      summary:
        "A run of one team is killed (SIGKILL) in the middle of a model call, and its folder copied; the built package resumes each copy in a new process. " +
        `Measured ${TIMES} times a row, from before the process is spawned to the first request that the scripted model server gets. The library's program has a team of its own that asks a model again and again; ` +
        "the command line resumes a whole Magentic-One team (a progress ledger and a Coder's reply a turn). " +
        `The proof holds when every median is under ${GOAL_MS} ms. Not measured: a cold disk, and restoring a large folder.`,
      holds,
      tables: [
        {
          heading: "Milliseconds from the start of the process to the first new request",
          columns: ["how", "recorded steps", "minimum", "median", "maximum"],
          rows,
        },
      ],
    };
  } finally {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }
};
export default proof;

function waysIn(folder: string): readonly Way[] {
  const program = join(folder, "program.mjs");
  writeFileSync(program, PROGRAM);
  const m1p = join(DIST, "cli/m1p.js");
  return [
    { name: "library", arguments: (act, dataDir, model) => [program, act, dataDir, model] },
    {
      name: "m1p resume",
      arguments: (act, dataDir, model) =>
        act === "resume"
          ? [m1p, "resume", "last", "--data-dir", dataDir]
          : [m1p, "solve", "?", "-k", "1", "-m", model, "--max-turns", String(TURNS), "--data-dir", dataDir],
    },
  ];
}

async function measure(way: Way, steps: number, server: ScriptedModelServer, folder: string) {
  const dataDir = mkdtempSync(join(folder, "data-"));
  const model = `${server.url}#sim`;
  await server.play(SCENARIO);
  await untilAsked(way.arguments("start", dataDir, model), server, steps + 1);
  const times: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const copy = mkdtempSync(join(folder, "copy-"));
    cpSync(dataDir, copy, { recursive: true });
    await server.play(SCENARIO);
    times.push(await untilAsked(way.arguments("resume", copy, model), server, 1));
    rmSync(copy, { recursive: true });
  }
  return { times, recorded: recordedSteps(dataDir) };
}

/** Milliseconds from the start of a process to the so-manieth request of its run; then it is killed. */
async function untilAsked(args: readonly string[], server: ScriptedModelServer, requests: number): Promise<number> {
  const begun = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [...args], { stdio: "ignore" });
  const ended = once(child, "exit");
  for (;;) {
    const { requests: seen } = await server.stats();
    if (seen >= requests || child.exitCode !== null) break;
    await pause(requests === 1 ? 25 : 5);
  }
  child.kill("SIGKILL");
  await ended;
  const { log } = await server.stats();
  const asked = log[requests - 1];
  if (!asked) throw new Error(`Its process ended (${child.exitCode}) before it asked.`);
  return asked.t_recv - begun;
}

function recordedSteps(dataDir: string): number {
  const log = openRun(dataDir, findRun(dataDir, "last"), realClock);
  let steps = 0;
  for (const event of log.read()) if (event.type === "step-finished") steps += 1;
  void log.close();
  return steps;
}
