import assert from "node:assert/strict";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { listRuns } from "../../../src/log/list-runs.ts";
import { lockRun } from "../../../src/log/run-lock.ts";
import { spoke, started } from "../../contract/run-log-events.ts";
import { goldenEvents, goldenLogs, isClosedLog, unpackGolden } from "../../golden/golden-log.ts";
import { isRoot, runAsOrdinaryUser } from "../../ordinary-user.ts";
import { Appender } from "./appending.ts";
import { RUN, RunFolder } from "./run-folder.ts";

if (isRoot) {
  test("L5: rights to files and folders hold (as an ordinary user)", { timeout: 90_000 }, async () => {
    const { code, output } = await runAsOrdinaryUser("test/unit/log/access.test.ts");
    assert.equal(code, 0, output);
    assert.match(output, /^# pass [1-9]/m);
    assert.match(output, /^# fail 0$/m);
  });
} else suite("rights", rights);

function rights(): void {
  for (const golden of goldenLogs()) {
    for (const index of ["without", "with"]) {
      test(`a run (${golden.runId}, ${index} SQLite's index) is listed and read on a data directory that nobody may write`, async (t) => {
        const folder = new RunFolder(t, golden.runId);
        unpackGolden(golden, folder.dataDirectory);
        // Opened and left, as by a reader that was killed: that leaves an index.
        if (index === "with") await folder.open({ readOnly: true }).close();
        closeToWriting(folder);
        const before = readdirSync(folder.directory);
        const [listed] = listRuns(folder.dataDirectory);
        assert.equal(listed?.problem, undefined);
        assert.match(listed?.outcome ?? "", /^(answered|interrupted)$/);
        const log = folder.open({ readOnly: true });
        const events = goldenEvents(golden);
        assert.equal([...log.read()].length, events.length);
        assert.equal([...log.read(events.length)].length, 1);
        await assert.rejects(log.acquire("run"), { code: "log-read-only" });
        assert.deepEqual(readdirSync(folder.directory), before);
        assert.throws(() => folder.open(), { code: "log-forbidden", message: /is not yours to write\.$/ });
      });
    }
  }

  test("a live run is listed and followed on a data directory that the reader may not write", async (t) => {
    const folder = new RunFolder(t);
    const log = folder.create();
    await (await log.acquire("run")).append([started(RUN)]);
    await log.close();
    const appender = new Appender(t, folder, "team-1", "until-refused");
    await appender.line((lines) => lines.length >= 10);
    using lock = lockRun(folder.directory);
    assert.ok(lock);
    closeToWriting(folder);
    assert.equal(listRuns(folder.dataDirectory)[0]?.outcome, "running");
    const reader = folder.open({ readOnly: true });
    const first = [...reader.read()].length;
    await appender.line((lines) => lines.length >= first + 10);
    assert.ok([...reader.read()].length > first, "what is written meanwhile is seen");
    appender.process.kill("SIGKILL");
    await appender.ended;
  });

  test("a log that is not ours is said to be somebody else's", async (t) => {
    const folder = new RunFolder(t);
    await (await folder.create().acquire("run")).append([spoke("a")]);
    await folder.closeAll();
    chmodSync(folder.file, 0o000);
    const mine = /It belongs to user \d+, and you are \d+\. Run m1p as its owner/;
    for (const readOnly of [true, false]) {
      assert.throws(() => folder.open({ readOnly }), {
        code: "log-forbidden",
        message: readOnly ? /log\.db is not yours to read\.$/ : /log\.db is not yours to write\.$/,
        hint: mine,
      });
    }
    assert.match(listRuns(folder.dataDirectory)[0]?.problem ?? "", /is not yours to read/);
    chmodSync(folder.file, 0o600);
    chmodSync(folder.directory, 0o000);
    assert.throws(() => folder.open(), { code: "log-forbidden", hint: /Its folder is closed to you\. Run/ });
  });

  test("a side file that is not ours to read is named", (t) => {
    const killed = goldenLogs().find((golden) => !isClosedLog(golden));
    assert.ok(killed);
    const folder = new RunFolder(t, killed.runId);
    unpackGolden(killed, folder.dataDirectory);
    chmodSync(`${folder.file}-wal`, 0o000);
    assert.throws(() => folder.open({ readOnly: true }), { code: "log-disk", message: /log\.db-wal/ });
  });
}

function closeToWriting({ directory }: RunFolder): void {
  for (const name of readdirSync(directory)) if (name.startsWith("log.db")) chmodSync(join(directory, name), 0o444);
  chmodSync(directory, 0o555);
}
