import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import { runDirectory } from "../../src/base/directories.ts";
import { lockRun } from "../../src/log/run-lock.ts";
import { SqliteLog } from "../../src/log/sqlite-log.ts";
import { started } from "../contract/run-log-events.ts";
import { goldenEvents, goldenLogs, isClosedLog, unpackGolden } from "../golden/golden-log.ts";
import { m1pHere, temporaryFolder } from "./support.ts";

for (const golden of goldenLogs()) {
  test(`L5: a run of version ${golden.version} (${golden.runId}) is listed, shown and told in full`, async (t) => {
    const dataDir = temporaryFolder(t);
    unpackGolden(golden, dataDir);
    const list = await m1pHere(t, ["runs"], { dataDir });
    assert.match(list.stdout, new RegExp(`^${golden.runId} .* What is the mean of the temperatures\\?`, "m"));
    for (const flags of [[], ["--lines"], ["--full"], ["--json"]]) {
      const shown = await m1pHere(t, ["show", golden.runId.slice(0, 13), ...flags], { dataDir });
      assert.equal(shown.exitCode, 0, shown.stderr);
      assert.match(
        shown.stdout,
        flags.length === 0 ? /^What is the mean of the temperatures/ : /14\.10 °C über 4 Orte/,
      );
    }
  });
}

test("L3: of a damaged log what is whole is shown, then what is wrong, exit 1", async (t) => {
  const golden = goldenLogs()[0];
  assert.ok(golden);
  const dataDir = temporaryFolder(t);
  const directory = unpackGolden(golden, dataDir);
  const huge = goldenEvents(golden).findIndex((event) => JSON.stringify(event).includes("263127 characters")) + 1;
  assert.ok(huge > 1);
  rmSync(path.join(directory, "blobs", "5b"), { recursive: true });
  for (const [flags, shown] of [
    [[], /^files   temperatures\.csv \(/m],
    [["--lines"], /^race .* files: temperatures\.csv$/m],
    [["--full"], /^── race, 0\.0 s: run \S+, policy first-answer$/m],
    [["--json"], /^\{"type":"run-started".*\n/],
  ] as const) {
    const run = await m1pHere(t, ["show", "last", ...flags], { dataDir });
    assert.equal(run.exitCode, 1);
    assert.match(run.stdout, shown);
    const problem = `^m1p: The log of run \\S+ is damaged at event ${huge}: its blob 5b\\S+ is missing\\.\\n {2}Restore`;
    assert.match(run.stderr, new RegExp(problem));
  }
  assert.equal((await m1pHere(t, ["show", "last", "--json"], { dataDir })).events.length, huge - 1);
});

test("L3: the answer of a run whose log is damaged after it is shown all the same", async (t) => {
  const golden = goldenLogs()[0];
  assert.ok(golden);
  const dataDir = temporaryFolder(t);
  using database = new DatabaseSync(path.join(unpackGolden(golden, dataDir), "log.db"));
  database.exec("DELETE FROM events WHERE seq = 74");
  const run = await m1pHere(t, ["show", "last"], { dataDir });
  assert.match(run.stdout, /\n14\.10 °C\n\nteam-1 answered first/);
  assert.match(run.stderr, /damaged at event 74: event 74 is missing\./);
  assert.equal(run.exitCode, 1);
});

test("R5: a fork of a damaged log, by an event's number, says what nobody knows", async (t) => {
  const golden = goldenLogs()[0];
  assert.ok(golden);
  const dataDir = temporaryFolder(t);
  using database = new DatabaseSync(path.join(unpackGolden(golden, dataDir), "log.db"));
  database.exec("DELETE FROM events WHERE seq = 74");
  const fork = await m1pHere(t, ["fork", "last", "--at", "5", "-m", "scripted/none.json"], { dataDir });
  assert.notEqual(fork.exitCode, 0, "there is no such model here");
  const told = await m1pHere(t, ["show", "last", "--lines"], { dataDir });
  assert.match(told.stdout, /its log is damaged at event 74: what it did then is unknown\n.*may be done AGAIN here/);
});

test("a run's standing is told after its events", async (t) => {
  const killed = goldenLogs().find((golden) => !isClosedLog(golden));
  assert.ok(killed);
  const dataDir = temporaryFolder(t);
  const directory = unpackGolden(killed, dataDir);
  const told = async () => (await m1pHere(t, ["show", "last"], { dataDir })).stdout.trimEnd().split("\n").at(-1);
  const left = /^The run has no end in its log, and no process works on it: m1p resume \S+ goes on with it\.$/;
  assert.match((await told()) ?? "", left);
  const lock = lockRun(directory);
  assert.equal(await told(), "The run is still going on.");
  lock.release();
});

test("a log whose side files were left behind says so", async (t) => {
  const dataDir = temporaryFolder(t);
  await SqliteLog.create({ directory: runDirectory(dataDir, "run-1"), runId: "run-1", clock: realClock }).close();
  const { stdout } = await m1pHere(t, ["show", "run-1"], { dataDir });
  assert.equal(
    stdout,
    "The log has no event. If its folder was copied, the file log.db-wal may have been left behind.\n",
  );
});

test("m1p runs rm: removes what is named or old, says what and how large; runs alone lists, with sizes if asked", async (t) => {
  const dataDir = temporaryFolder(t);
  for (const golden of goldenLogs()) unpackGolden(golden, dataDir);
  const [ended = "", killed = ""] = goldenLogs().map(({ runId }) => runId);
  const m1p = (...args: readonly string[]) => m1pHere(t, args, { dataDir: temporaryFolder(t) });
  const sizes = await m1p("runs", "--size", "--data-dir", dataDir);
  assert.match(sizes.stdout, new RegExp(`^${ended} .* answered +\\d+K  What is`, "m"));
  assert.match(sizes.stderr, /^\d+K in /);
  const json = await m1p("runs", "--json", "--size", "--data-dir", dataDir);
  assert.ok((JSON.parse(json.stdout.split("\n")[0] ?? "") as { bytes: number }).bytes > 50_000);
  const refused = await m1p("runs", "rm", ended, killed, "--data-dir", dataDir);
  assert.equal(refused.exitCode, 2);
  assert.match(
    refused.stderr,
    new RegExp(`^m1p: Run ${killed} has not ended: m1p resume goes on with it\\.\\n {2}--force`),
  );
  const dry = await m1p("runs", "rm", "--keep", "0", "--dry-run", "--data-dir", dataDir);
  assert.match(dry.stdout, new RegExp(`^${ended} .* answered`));
  assert.match(
    dry.stderr,
    new RegExp(`^Kept: ${killed} has not ended.*\\n1 run \\(\\d+K\\) would be removed\\. What stays takes`),
  );
  const aged = await m1p("runs", "rm", "--older-than", "36500d", "--data-dir", dataDir);
  assert.equal(aged.stderr, "No runs removed.\n");
  const before = await m1p("runs", "--data-dir", dataDir, "rm", ended.slice(0, 18));
  assert.equal(before.exitCode, 0, before.stderr);
  assert.match(before.stderr, /^1 run \(\d+K\) removed\.\n$/);
  const forced = await m1p("runs", "rm", "last", "--force", "--json", "--data-dir", dataDir);
  assert.equal((JSON.parse(forced.stdout) as { runId: string }).runId, killed);
  assert.equal((await m1p("runs", "--data-dir", dataDir)).stdout, "");
  const bad = [
    ["runs", "rm"],
    ["runs", "rm", "x", "--keep", "1G"],
    ["runs", "rm", "--keep", "much"],
    ["runs", "rm", "x"],
  ];
  for (const args of bad) assert.equal((await m1p(...args)).exitCode, 2, args.join(" "));
});

test("L5: a newer log is refused in plain words, and listed with them", async (t) => {
  const dataDir = temporaryFolder(t);
  const directory = runDirectory(dataDir, "run-99");
  const log = SqliteLog.create({ directory, runId: "run-99", clock: realClock });
  await (await log.acquire("run")).append([{ ...started("run-99"), formatVersion: 99 }]);
  await log.close();
  const refused = /run-99\S* was written by a newer m1-parallel: it has events of version 99, and this one knows/;
  const shown = await m1pHere(t, ["show", "run-99"], { dataDir });
  assert.equal(shown.exitCode, 1);
  assert.match(shown.stderr, refused);
  assert.match(shown.stderr, /\n {2}Update m1-parallel to open this run\.\n$/);
  assert.equal(shown.stdout, "");
  const list = await m1pHere(t, ["runs"], { dataDir });
  assert.match(list.stdout, new RegExp(`^run-99 .* unreadable .*${path.basename(directory)}`));
});
