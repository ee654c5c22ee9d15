import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { startTicketSystem, type Knows, type TicketSystem } from "../../examples/tickets/ticket-system.ts";
import { m1pHere } from "./support.ts";

const PROGRAM = fileURLToPath(new URL("../../examples/tickets/race-tickets.ts", import.meta.url));
const OUTAGE = "The printer is broken";
const REPORT = "Report on ticket 1";

type Moment = "opening" | "telling";

/** A ticket system that kills whoever calls, once, when it is about to open or to tell of this ticket. */
class DeadlySystem {
  system!: TicketSystem;
  victim: ChildProcess | undefined;
  readonly #killAt: { title: string; moment: Moment } | undefined;
  #killed = false;

  constructor(killAt?: { title: string; moment: Moment }) {
    this.#killAt = killAt;
  }

  async start(t: TestContext, knows: Knows, file?: string): Promise<void> {
    const before = (moment: Moment, title: string) => this.#before(moment, title);
    this.system = await startTicketSystem({ knows, before, ...(file ? { file } : {}) });
    t.after(() => this.system[Symbol.asyncDispose]());
  }

  get titles(): string[] {
    return this.system.tickets.map(({ title }) => title);
  }

  async #before(moment: Moment, title: string): Promise<void> {
    if (this.#killed || this.#killAt?.moment !== moment || this.#killAt.title !== title) return;
    this.#killed = true;
    const closed = this.victim && once(this.victim, "close");
    this.victim?.kill("SIGKILL");
    await closed;
  }
}

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs the example in a process of its own. */
async function play(deadly: DeadlySystem, knows: Knows, dataDir: string, ...more: string[]): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [PROGRAM, deadly.system.url, "--knows", knows, ...more], {
    env: { PATH, HOME, M1P_DATA_DIR: dataDir },
  });
  deadly.victim = child;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  await once(child, "close");
  return { exitCode: child.exitCode, output };
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "m1p-tickets-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const KILLS = [OUTAGE, REPORT].flatMap((title) =>
  (["opening", "telling"] as const).map((moment) => ({ title, moment })),
);

suite("the ticket example", { concurrency: 3 }, () => {
  test("R5: three teams, one ticket of each kind", async (t) => {
    const dataDir = temporaryFolder(t);
    const deadly = new DeadlySystem();
    await deadly.start(t, "keys", path.join(dataDir, "tickets.jsonl"));
    const { exitCode, output } = await play(deadly, "keys", dataDir);
    assert.equal(exitCode, 0, output);
    assert.match(output, /Reported with ticket 1\. External calls: done\./);
    assert.deepEqual(deadly.titles, [OUTAGE, REPORT]);
    const again = await startTicketSystem({ knows: "keys", file: path.join(dataDir, "tickets.jsonl") });
    assert.deepEqual(again.tickets, deadly.system.tickets, "a ticket system that is restarted has its tickets");
    await again[Symbol.asyncDispose]();
    const told = await play(deadly, "keys", dataDir, "--resume", "last");
    assert.match(told.output, /Reported with ticket 1\. External calls: done\./);
    assert.deepEqual(deadly.titles, [OUTAGE, REPORT]);
  });

  for (const knows of ["keys", "references"] as const) {
    for (const kill of KILLS) {
      test(`R5, S3: killed at the ${kill.moment} of "${kill.title}", with ${knows}: exactly one ticket of each kind`, async (t) => {
        const dataDir = temporaryFolder(t);
        const deadly = new DeadlySystem(kill);
        await deadly.start(t, knows);
        const killed = await play(deadly, knows, dataDir);
        assert.equal(killed.exitCode, null, killed.output);
        const resumed = await play(deadly, knows, dataDir, "--resume", "last");
        assert.equal(resumed.exitCode, 0, resumed.output);
        assert.match(resumed.output, /Reported with ticket 1\. External calls: done\./);
        assert.deepEqual(deadly.titles, [OUTAGE, REPORT]);
      });
    }
  }

  for (const kill of KILLS) {
    test(`R5, S3: killed at the ${kill.moment} of "${kill.title}", with nothing to ask by: at most one, in doubt until a person has decided`, async (t) => {
      const dataDir = temporaryFolder(t);
      const deadly = new DeadlySystem(kill);
      await deadly.start(t, "nothing");
      await play(deadly, "nothing", dataDir);
      const waits = await play(deadly, "nothing", dataDir, "--resume", "last");
      assert.equal(waits.exitCode, 6, waits.output);
      // The ticket was opened whatever became of the caller, and nobody but a person can find that out.
      assert.deepEqual(deadly.titles, [OUTAGE, REPORT].slice(0, 1 + [OUTAGE, REPORT].indexOf(kill.title)));

      const asked = await m1pHere(t, ["approvals", "--json"], { dataDir });
      const { question, arguments: args } = JSON.parse(asked.stdout) as {
        question: string;
        arguments: { title: string };
      };
      assert.equal(args.title, kill.title);
      const number = deadly.titles.indexOf(kill.title) + 1;
      const approved = await m1pHere(t, ["approve", question, "--done", `ticket ${number}`], { dataDir });
      assert.equal(approved.exitCode, 0, approved.stderr);
      const resumed = await play(deadly, "nothing", dataDir, "--resume", "last");
      assert.equal(resumed.exitCode, 0, resumed.output);
      assert.deepEqual(deadly.titles, [OUTAGE, REPORT]);
    });
  }
});
