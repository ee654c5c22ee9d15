import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import { verifyChain } from "../../../src/log/chain.ts";
import { spoke, texts } from "../../contract/run-log-events.ts";
import { Appender } from "./appending.ts";
import { RUN, RunFolder } from "./run-folder.ts";

suite("processes", { concurrency: 2 }, () => {
  test("L2: after SIGKILL amid appends, every append that had resolved is there, and the chain goes on", async (t) => {
    const folder = new RunFolder(t);
    await folder.create().close();
    const appender = new Appender(t, folder, "team-1", "until-refused");
    await appender.line((lines) => lines.length >= 100);
    appender.process.kill("SIGKILL");
    await appender.ended;
    const reader = folder.open({ readOnly: true });
    const survived = [...reader.read()];
    assert.deepEqual(
      survived.slice(0, appender.lines.length).map((event) => String(event.seq)),
      appender.lines,
    );
    assert.ok(appender.lines.length >= 100);
    const log = folder.open();
    await (await log.acquire("team-1")).append([spoke("on")]);
    assert.equal(log.head().seq, survived.length + 1);
    assert.deepEqual(verifyChain(RUN, folder.rows()), { intact: true, head: log.head() });
    assert.deepEqual(texts(reader.read(log.head().seq)), ["on"]);
  });

  test("L1: processes that append to one run at once share one chain without a gap", async (t) => {
    const folder = new RunFolder(t);
    const log = folder.create();
    const writer = await log.acquire("run");
    const scopes = ["team-1", "team-2"];
    const appenders = scopes.map((scope) => new Appender(t, folder, scope, "150"));
    let ours = 0;
    const running = Promise.all(appenders.map((appender) => appender.ended)).then(() => "ended");
    // As long as both live, so that this process, too, writes between their commits.
    while ((await Promise.race([running, writer.append([spoke(`run ${ours + 1}`)])])) !== "ended") ours += 1;
    await log.close();
    const rows = folder.rows();
    assert.equal(verifyChain(RUN, rows).intact, true);
    for (const [index, scope] of scopes.entries()) {
      const theirs = rows.filter((row) => row.scope === scope);
      assert.deepEqual(
        theirs.map((row) => row.seq).sort((one, other) => one - other),
        appenders[index]?.lines.map(Number).sort((one, other) => one - other),
      );
      assert.equal(theirs.length, 150);
    }
    assert.ok(ours > 0);
  });

  test("a log that another process writes can be followed from outside", async (t) => {
    const folder = new RunFolder(t);
    await folder.create().close();
    const appender = new Appender(t, folder, "team-1", "300");
    await appender.line((lines) => lines.length >= 10);
    const reader = folder.open({ readOnly: true });
    let read = 0;
    const ended = appender.ended.then(() => true);
    for (let over = false; !over; over = await Promise.race([ended, nextTurn()])) {
      const printed = appender.lines.length;
      for (const event of reader.read(read + 1)) assert.equal(event.seq, (read += 1));
      assert.ok(read >= printed, "what had resolved is seen");
    }
    for (const event of reader.read(read + 1)) assert.equal(event.seq, (read += 1));
    assert.equal(read, 300);
  });

  test("L2: a disk that is really full refuses appends; what resolved is there, and space makes it go on", async (t) => {
    if (process.platform !== "linux") return t.skip("needs a limit on file sizes that another process can lift");
    const folder = new RunFolder(t);
    await folder.create().close();
    const appender = new Appender(t, folder, "team-1", "until-refused", "ulimit -S -f 200");
    await appender.line((lines) => lines.filter((line) => line === "log-disk").length === 4);
    const stored = appender.lines.filter((line) => line !== "log-disk");
    assert.ok(stored.length > 10);
    const lifted = spawn("prlimit", ["--fsize=unlimited", "--pid", String(appender.process.pid)], { stdio: "ignore" });
    assert.deepEqual(await once(lifted, "close"), [0, null]);
    appender.process.stdin.write("go on\n");
    await appender.ended;
    assert.equal(appender.lines.at(-1), String(stored.length + 1));
    const rows = folder.rows();
    assert.equal(rows.length, stored.length + 1);
    assert.equal(verifyChain(RUN, rows).intact, true);
  });
});

function nextTurn(): Promise<boolean> {
  return new Promise((resolve) => setImmediate(resolve, false));
}
