import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { suite, test, type TestContext } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import { runDirectory } from "../../src/base/directories.ts";
import type { EventOf, LoggedEvent } from "../../src/events/run-event.ts";
import { Upcaster } from "../../src/events/upcast/upcaster.ts";
import { verifyChain, type StoredEvent } from "../../src/log/chain.ts";
import { SqliteLog } from "../../src/log/sqlite-log.ts";
import { PlainLines } from "../../src/cli/telling/plain-lines.ts";
import { FullText } from "../../src/cli/telling/full-text.ts";
import { WAITING_RACE } from "../../src/race/race-state.ts";
import { reduce } from "../../src/race/reduce.ts";
import { ReceiptFold } from "../../src/run/engine/receipt.ts";
import {
  goldenEvents,
  goldenHead,
  goldenLogs,
  isClosedLog,
  unpackGolden,
  withoutHugeTexts,
  type GoldenLog,
} from "./golden-log.ts";

for (const golden of goldenLogs()) {
  suite(`golden log of version ${golden.version}: ${golden.runId}`, () => {
    test("L5: its events come out as its own version read them, in today's vocabulary", async (t) => {
      const upcaster = new Upcaster("The golden log");
      const expected = goldenEvents(golden).map((event) => upcaster.upcast(event));
      assert.deepEqual((await readGolden(t, golden)).map(withoutHugeTexts), expected);
    });

    test("L5, L3: its chain holds, to the head that was kept apart", (t) => {
      const directory = unpackGolden(golden, temporaryFolder(t));
      using database = new DatabaseSync(join(directory, "log.db"), { readOnly: true });
      const sql = "SELECT seq, time, scope, body, lower(hex(hash)) AS hash FROM events ORDER BY seq";
      const rows = database.prepare(sql).all() as unknown as StoredEvent[];
      const head = { seq: goldenEvents(golden).length, hash: goldenHead(golden) };
      assert.deepEqual(verifyChain(golden.runId, rows), { intact: true, head });
    });

    test("L5: the race and the receipt are folded from it, the same as when it ran", async (t) => {
      const events = await readGolden(t, golden);
      const state = events.reduce((before, event) => reduce(before, event)[0], WAITING_RACE);
      assert.equal(state.teams.length, 2);
      assert.ok(state.account.calls > 0);
      const last = events.at(-1);
      assert.equal(state.verdict === undefined, last?.type !== "run-finished");
      if (last?.type === "run-finished") assertReceipt(events, last);
    });

    test("L5: it is told in lines and in full", async (t) => {
      const events = await readGolden(t, golden);
      const lines = new PlainLines({ color: false, columns: undefined });
      const transcript = new FullText({ color: false });
      const short = events.flatMap((event) => lines.render(event)).join("\n");
      const full = events.flatMap((event) => transcript.render(event)).join("\n");
      for (const told of [short, full]) assert.match(told, /14\.10 °C über 4 Orte/);
      for (const event of events) {
        if (event.type !== "agent-spoke" || event.to !== undefined) continue;
        assert.ok(full.includes(event.text.trimEnd()), `event ${event.seq} is told in full`);
      }
    });

    // Of the killed one, the events are in a file that is packed here.
    if (isClosedLog(golden)) {
      test("L5: it opens where it lies, in the checkout, and leaves no trace there", async () => {
        const directory = runDirectory(golden.folder, golden.runId);
        const before = readdirSync(directory);
        const log = openLog(directory, golden);
        const [first] = log.read();
        await log.close();
        assert.equal(first?.type, "run-started");
        assert.deepEqual(readdirSync(directory), before);
      });
    }
  });
}

/** A finished race's receipt is what the same fold makes of its other events. */
function assertReceipt(events: readonly LoggedEvent[], last: LoggedEvent & EventOf<"run-finished">): void {
  const fold = new ReceiptFold();
  for (const event of events.slice(0, -1)) fold.apply(event);
  const { seq: _seq, time: _time, scope: _scope, ...receipt } = last;
  const folded = fold.finish(last.runId, receipt, last.afterWin, last.effects);
  assert.deepEqual(folded, receipt);
}

async function readGolden(t: TestContext, golden: GoldenLog): Promise<LoggedEvent[]> {
  const log = openLog(unpackGolden(golden, temporaryFolder(t)), golden);
  try {
    return [...log.read()];
  } finally {
    await log.close();
  }
}

function openLog(directory: string, { runId }: GoldenLog): SqliteLog {
  return SqliteLog.open({ directory, runId, clock: realClock, readOnly: true });
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "m1p-golden-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
