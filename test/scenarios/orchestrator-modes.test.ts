import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import type { LoggedEvent } from "../../src/events/run-event.ts";
import { m1pHere, modelsOf, scriptedServer, temporaryFolder, type CommandRun } from "./support.ts";

const sim = { rounds: 3, participants: ["Coder", "ComputerTerminal"], answer: "42", code: "print(6 * 7)" };

interface Played {
  /** As a person sees it. */
  readonly screen: CommandRun;
  /** The same again with `--json`. */
  readonly json: CommandRun;
  /** What the models were asked in each of the two, by kind. */
  readonly asked: readonly Readonly<Record<string, number>>[];
}

/** Solves twice in a real sandbox: for the screen and for programs. */
async function play(t: TestContext, model: object, args: readonly string[]): Promise<Played> {
  const scenario = { models: { sim: { ...sim, ...model } } };
  const server = await scriptedServer(t, scenario);
  const asked: Record<string, number>[] = [];
  const solve = async (more: readonly string[]) => {
    await server.play(scenario);
    const run = await m1pHere(t, ["solve", ...args, "-k", "1", "-m", modelsOf(server, "sim", 1), ...more]);
    assert.equal(run.exitCode, 0, run.stderr);
    asked.push({ ...(await server.stats()).byKind });
    return run;
  };
  return { screen: await solve([]), json: await solve(["--json"]), asked };
}

function assertMode({ screen, json }: Played, mode: string): void {
  assert.match(screen.stderr, new RegExp(`^team-1 .*orchestrator: ${mode}(,|$)`, "m"));
  assert.match(screen.stdout, /^42\n/);
  const [started] = json.events;
  assert.ok(started?.type === "run-started");
  assert.deepEqual(
    started.teams.map((team) => team.mode),
    [mode],
  );
  assert.deepEqual(ledgerModes(json.events), new Set([mode]));
  const last = json.events.at(-1);
  assert.ok(last?.type === "run-finished");
  assert.equal(last.answer, "42");
}

function ledgerModes(events: readonly LoggedEvent[]): Set<string> {
  return new Set(events.flatMap((event) => (event.type === "progress-ledger-written" ? [event.mode] : [])));
}

function programOutputs(events: readonly LoggedEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === "step-finished" && event.key.includes("/ComputerTerminal/") ? [event.result?.text.trim() ?? ""] : [],
  );
}

test("--orchestrator short-ledger: named on screen and in the events, and its ledgers lead to the answer", async (t) => {
  const played = await play(t, {}, ["What is six times seven?", "--orchestrator", "short-ledger"]);
  assertMode(played, "short-ledger");
  assert.deepEqual(programOutputs(played.json.events), ["42"]);
  assert.deepEqual(
    played.asked.map(({ ledger }) => ledger),
    [3, 3],
  );
});

test("--orchestrator rules: no ledger, no plan is asked for; the answer stands on what the program printed", async (t) => {
  const played = await play(t, {}, ["What is six times seven?", "--orchestrator", "rules"]);
  assertMode(played, "rules");
  assert.deepEqual(programOutputs(played.json.events), ["42"]);
  for (const asked of played.asked) assert.deepEqual(asked, { coder: 1, final: 1 });
});

test("--orchestrator rules with a CSV file: the FileSurfer shows it, the program reads it", async (t) => {
  const file = path.join(temporaryFolder(t), "apples.csv");
  writeFileSync(file, "tree,apples\nnorth,12\nsouth,25\nwest,5\n");
  const code = 'import pandas\nprint(pandas.read_csv("apples.csv")["apples"].sum())';
  const played = await play(t, { code }, ["How many apples are there?", "-f", file, "--orchestrator", "rules"]);
  assertMode(played, "rules");
  assert.match(played.screen.stderr, /files: apples\.csv/);
  const shown = played.json.events.find((event) => event.type === "agent-spoke" && event.agent === "FileSurfer");
  assert.ok(shown?.type === "agent-spoke");
  assert.match(shown.text, /tree,apples/);
  assert.deepEqual(programOutputs(played.json.events), ["42"]);
});

test("R2: under rules an answer that the program did not print is not taken", async (t) => {
  const played = await play(t, { answer: "43" }, ["What is six times seven?", "--orchestrator", "rules"]);
  assertMode(played, "rules");
});

test("R4: ledgers that are garbage for ever demote full, short, rules; each is told, and the team still answers", async (t) => {
  const garbage = { faults: [{ kind: "ledger", at: 1, count: 999, type: "garbage" }] };
  const { screen, json } = await play(t, garbage, ["What is six times seven?", "--orchestrator", "full-ledger"]);
  assert.match(screen.stdout, /^42\n/);
  assert.match(screen.stderr, /orchestrator: full-ledger/);
  const told = [...screen.stderr.matchAll(/^team-1 .*Orchestrator: now in (\S+) mode: 2 ledgers in a row/gm)];
  assert.deepEqual(
    told.map(([, mode]) => mode),
    ["short-ledger", "rules"],
  );
  assert.match(screen.stderr, /Orchestrator: unusable ledger \(\w+\): /);
  const changes = json.events.flatMap((event) => (event.type === "orchestrator-mode-changed" ? [event] : []));
  assert.deepEqual(
    changes.map(({ mode, scope }) => [scope, mode]),
    [
      ["team-1", "short-ledger"],
      ["team-1", "rules"],
    ],
  );
  for (const { reason } of changes) assert.match(reason, /^2 ledgers in a row were unusable; of the last: \S/);
  const last = json.events.at(-1);
  assert.ok(last?.type === "run-finished");
  assert.equal(last.answer, "42");
});
