import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { realClock } from "../src/base/clock.ts";
import { newRunId } from "../src/base/ids.ts";
import type { EventOf, RunEvent } from "../src/events/run-event.ts";
import { SqliteLog } from "../src/log/sqlite-log.ts";
import { Workspace } from "../src/tools/workspace/workspace.ts";
import type { Proof, ProofResult } from "../scripts/proof/proof.ts";

const STEPS = 4000;
const REPLY_CHARACTERS = 1500;
const SNAPSHOT_STEPS = 500;
const FILE_CHARACTERS = 1500;

/** The goal of disk a step beyond its payload, at any length. */
const GOAL_BYTES = 2048;

/**
 * What a durable step costs. A step is two appends, as the door makes them: `step-started` with the
 * message that the conversation grew by, `step-finished` with the reply. An argument names another directory.
 */
const proof: Proof = async (context) => {
  const [directory] = context.arguments;
  const root = mkdtempSync(join(directory ?? tmpdir(), "m1-log-cost-"));
  try {
    await measure(root, 1, STEPS); // Warms up; not shown.
    const rows: Measured[] = [];
    for (const [appenders, steps] of [
      [1, STEPS],
      [4, STEPS],
      [16, STEPS],
      [64, STEPS],
      [256, STEPS],
      [1, 200],
    ] as const) {
      context.say(`${appenders} appenders, ${steps} steps`);
      rows.push(await measure(root, appenders, steps));
    }
    const folders: Snapshotted[] = [];
    for (const files of [1, 10, 100, 1_000, 10_000]) {
      context.say(`snapshots of a folder of ${files} files`);
      folders.push(await measureSnapshots(root, files));
    }
    return pageOf(rows, folders);
  } finally {
    rmSync(root, { recursive: true });
  }
};
export default proof;

type Measured = Awaited<ReturnType<typeof measure>>;
type Snapshotted = Awaited<ReturnType<typeof measureSnapshots>>;

function pageOf(rows: readonly Measured[], folders: readonly Snapshotted[]): ProofResult {
  return {
    title: "What a durable step costs",
    summary:
      `SQLite, write-ahead log, every commit fsynced; a step is two appends with a reply of ${REPLY_CHARACTERS} characters. ` +
      "Each appender waits for every append, so one appender shows a commit an event, more show how commits are shared. Waits include the disk: read them within one run. " +
      `A turn is one round of the event loop: what a commit blocks shows there. The proof holds when no step takes more than ${GOAL_BYTES} bytes beyond its payload, be it with a snapshot or without. ` +
      `A step in the team's folder has a snapshot as well: one file of ${FILE_CHARACTERS} characters is changed, which is payload too; what comes on top is the step's two events and the changed parts of the manifest of the folder it lies in. Bytes are those in files; a file system gives each of a snapshot's small blobs (the file, and the parts) a block of its own.`,
    holds: [...rows, ...folders].every((row) => row["beyond payload"] <= GOAL_BYTES),
    tables: [
      { heading: "A step", columns: Object.keys(rows[0] ?? {}), rows: rows.map((row) => Object.values(row)) },
      {
        heading: "A step with a snapshot",
        columns: Object.keys(folders[0] ?? {}),
        rows: folders.map((row) => Object.values(row)),
      },
    ],
  };
}

async function measure(root: string, appenders: number, steps: number) {
  const runId = newRunId(realClock.now());
  const directory = join(root, runId);
  const log = SqliteLog.create({ directory, runId, clock: realClock });
  const turns = watchTurns();
  const writers = await Promise.all(
    Array.from({ length: appenders }, (_, index) => log.acquire(`team-${String(index + 1)}`)),
  );
  let payload = 0;
  const waits: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  await Promise.all(
    writers.map(async (writer) => {
      let reply = "The question of the user, in a few words.";
      for (let step = 0; step < steps / appenders; step += 1) {
        const key = `${writer.scope}/Coder/${String(step)}`;
        const asked = begun(key, reply);
        reply = answer(key);
        const answered = ended(key, reply);
        payload += reply.length;
        for (const event of [asked, answered]) {
          const before = performance.now();
          await writer.append([event]);
          waits.push(performance.now() - before);
        }
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const blocked = turns.stop();
  const done = waits.length / 2;
  await log.close();
  return {
    appenders,
    steps: done,
    "steps/s": Math.round(done / seconds),
    "CPU ms/step": round((used.user + used.system) / 1000 / done),
    "append p50 ms": round(percentile(waits, 0.5)),
    "append p99 ms": round(percentile(waits, 0.99)),
    "turn p99 ms": round(percentile(blocked, 0.99)),
    "turn max ms": round(percentile(blocked, 1)),
    "bytes/step": Math.round(size(directory) / done),
    "beyond payload": Math.round((size(directory) - payload) / done),
  };
}

/** Steps that each change one file of a folder, one after another, with the snapshots as the door has them made. */
async function measureSnapshots(root: string, files: number) {
  const runId = newRunId(realClock.now());
  const directory = join(root, runId);
  const log = SqliteLog.create({ directory, runId, clock: realClock });
  const team = "team-1";
  const workspace = await Workspace.create({ runDirectory: directory, team });
  const fill = (file: number, text: string) =>
    writeFileSync(join(workspace.root, `file-${file}.txt`), text.padEnd(FILE_CHARACTERS, "line of a file\n"));
  for (let file = 0; file < files; file += 1) fill(file, `${file} at first\n`);
  const writer = await log.acquire(team);
  await workspace.snapshot(log.blobs);
  const before = size(directory);
  const waits: number[] = [];
  const cpu = process.cpuUsage();
  for (let step = 0; step < SNAPSHOT_STEPS; step += 1) {
    const key = `${team}/${step}`;
    await writer.append([called(key)]);
    fill(step % files, `${step}\n`);
    const from = performance.now();
    const { id } = await workspace.snapshot(log.blobs);
    waits.push(performance.now() - from);
    await writer.append([{ ...ended(key, "written"), snapshot: id }]);
  }
  const used = process.cpuUsage(cpu);
  await log.close();
  const bytes = (size(directory) - before) / SNAPSHOT_STEPS;
  return {
    "files in the folder": files,
    steps: SNAPSHOT_STEPS,
    "CPU ms/step": round((used.user + used.system) / 1000 / SNAPSHOT_STEPS),
    "snapshot p50 ms": round(percentile(waits, 0.5)),
    "snapshot p99 ms": round(percentile(waits, 0.99)),
    "bytes/step": Math.round(bytes),
    "beyond payload": Math.round(bytes - FILE_CHARACTERS),
  };
}

function called(key: string): RunEvent {
  const step = { kind: "tool", tool: "write", arguments: { key }, effect: "workspace", egress: [] } as const;
  return {
    type: "step-started",
    key,
    agent: "Coder",
    request: "b2c9ce9ad1a8a2c0d8b4b4f1a7e1c0de1f6b0a1c2d",
    step: { ...step, egress: [] },
  };
}

function begun(key: string, content: string): RunEvent {
  return {
    type: "step-started",
    key,
    agent: "Coder",
    request: "b2c9ce9ad1a8a2c0d8b4b4f1a7e1c0de1f6b0a1c2d3e4f5061728394a5b6c7d8",
    step: {
      kind: "model",
      settings: { model: "provider/some-model", format: { kind: "text" }, temperature: 0.7, seed: 12345 },
      conversation: {
        head: "Zk0kqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkq",
        base: "Yk0kqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkqkq",
        added: [{ role: "assistant", content, name: "Coder" }],
      },
    },
  };
}

function ended(key: string, text: string): EventOf<"step-finished"> {
  return {
    type: "step-finished",
    key,
    status: "succeeded",
    reply: { text, finishReason: "stop" },
    usage: { inputTokens: 1200, outputTokens: 380, cachedTokens: 900, costUsd: 0.0021, estimated: false },
    attempts: 1,
    durationMs: 1234.5,
  };
}

function answer(key: string): string {
  return `${key}: `.padEnd(REPLY_CHARACTERS, "a reply of some words and lines\n");
}

/** How long each turn of the event loop takes: what a commit blocks shows here. */
function watchTurns(): { stop(): number[] } {
  const turns: number[] = [];
  let last = performance.now();
  let watching = true;
  const look = () => {
    const now = performance.now();
    turns.push(now - last);
    last = now;
    if (watching) setImmediate(look);
  };
  setImmediate(look);
  return {
    stop() {
      watching = false;
      return turns;
    },
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function size(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
