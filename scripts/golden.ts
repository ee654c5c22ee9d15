// `node scripts/golden.ts` makes the golden logs of today's format version: real `m1p solve`s in the sandbox, their
// models played by the tests' scripted server. Each version is made once, when it is released, and never again.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { realClock } from "../src/base/clock.ts";
import { runDirectory, runsDirectory } from "../src/base/directories.ts";
import { FORMAT_VERSION } from "../src/events/run-event.ts";
import { SqliteLog } from "../src/log/sqlite-log.ts";
import { startScriptedModel, type ScriptedModelServer } from "../test/fixtures/scripted-model/start.ts";
import { withoutHugeTexts } from "../test/golden/golden-log.ts";
import { ROOT } from "./checks/command.ts";

const TARGET = join(ROOT, "test/golden", `v${FORMAT_VERSION}`);

/** Prints the mean, one text of more than 256 characters beyond ASCII, and keys that look like the log's own. */
const PROGRAM = `import csv, json
rows = list(csv.DictReader(open("temperatures.csv", encoding="utf-8")))
mean = sum(float(row["celsius"]) for row in rows) / len(rows)
print(f"{mean:.2f} °C über {len(rows)} Orte: " + ", ".join(row["city"] for row in rows))
print(json.dumps({"$text": "Żółć 🜂 " * 60}, ensure_ascii=False))
open("mean.txt", "w").write(str(mean))`;

const TABLE = `city,celsius
Zürich,9.3
Łódź,8.6
San José,22.7
東京,15.8
`;

const TASK = "What is the mean of the temperatures? Answer in °C with two digits.";

const PLAYER = {
  participants: ["Coder", "ComputerTerminal"],
  latency_ms: 5,
  chunk_chars: 4_000,
  rounds: 7,
  answer: "14.10 °C",
  code: PROGRAM,
};

/** team-1 has an unusable ledger, a retried call, three stalls and a new plan; team-2 says too much and hangs. */
const FINISHED = {
  "0": {
    faults: [
      { kind: "ledger", at: 2, type: "garbage" },
      { kind: "ledger", at: 3, count: 3, type: "stall" },
      { kind: "coder", at: 1, type: "http", status: 500 },
    ],
  },
  "1": { pad_chars: 263_000, faults: [{ kind: "plan", type: "hang", ms: 600_000 }] },
};

/** Both teams work until their third ledger, which never comes. */
const KILLED = {
  "0": { faults: [{ kind: "ledger", at: 3, type: "hang", ms: 600_000 }] },
  "1": { faults: [{ kind: "ledger", at: 3, type: "hang", ms: 600_000 }] },
};

if (existsSync(TARGET)) {
  process.stderr.write(`${TARGET} is there already; a golden log is never made again.\n`);
  process.exitCode = 2;
} else {
  await makeGolden(FINISHED, async () => {});
  await makeGolden(KILLED, async (m1p, server) => {
    while ((await server.stats()).log.filter((call) => call.fault === "hang").length < 2);
    m1p.kill("SIGKILL");
  });
}

async function makeGolden(
  teams: object,
  act: (m1p: ChildProcess, server: ScriptedModelServer) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "m1p-golden-"));
  try {
    await solve(folder, teams, act);
    const [runId = ""] = readdirSync(runsDirectory(folder));
    keep(runDirectory(folder, runId), runDirectory(TARGET, runId));
    // Read last: opening a killed run's log changes the files beside it.
    await keepEvents(folder, runId);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function solve(
  folder: string,
  teams: object,
  act: (m1p: ChildProcess, server: ScriptedModelServer) => Promise<void>,
): Promise<void> {
  const file = join(folder, "temperatures.csv");
  writeFileSync(file, TABLE);
  await using server = await startScriptedModel({ models: { golden: { ...PLAYER, teams } } });
  const models = `${server.url}#golden-0,${server.url}#golden-1`;
  const options = ["-k", "2", "-m", models, "-f", file, "--seed", "golden", "--data-dir", folder];
  const m1p = spawn(process.execPath, [join(ROOT, "src/cli/m1p.ts"), "solve", TASK, ...options], { stdio: "inherit" });
  const ended = once(m1p, "exit");
  await act(m1p, server);
  await ended;
}

/** What must come out of the log, in every later version: its events, and the hash that stands for all of it. */
async function keepEvents(folder: string, runId: string): Promise<void> {
  const log = SqliteLog.open({ directory: runDirectory(folder, runId), runId, clock: realClock, readOnly: true });
  try {
    const lines = [...log.read()].map((event) => `${JSON.stringify(withoutHugeTexts(event))}\n`);
    mkdirSync(join(TARGET, "events"), { recursive: true });
    writeFileSync(join(TARGET, "events", `${runId}.jsonl`), lines.join(""));
    writeFileSync(join(TARGET, "events", `${runId}.head`), `${log.head().hash}\n`);
    process.stdout.write(`${TARGET}: ${runId}, ${lines.length} events\n`);
  } finally {
    await log.close();
  }
}

/** Log and blobs as they are, packed where they are large; the workspaces are no part of a log. */
function keep(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const place = relative(from, path);
    if (!entry.isFile() || !/^(?:log\.db(?:-wal)?|blobs\/.*)$/.test(place)) continue;
    mkdirSync(dirname(join(to, place)), { recursive: true });
    if (place === "log.db") writeFileSync(join(to, place), readFileSync(path));
    else writeFileSync(`${join(to, place)}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
}
