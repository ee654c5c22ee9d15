import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { z } from "zod";
import { realClock } from "../../../../src/base/clock.ts";
import { runDirectory } from "../../../../src/base/directories.ts";
import { SqliteLog } from "../../../../src/log/sqlite-log.ts";
import { race } from "../../../../src/run/race.ts";
import { functionTeam } from "../../../../src/team/adapters/function-team.ts";
import { NotPerformed } from "../../../../src/tools/not-performed.ts";
import { defineTool } from "../../../../src/tools/tool.ts";
import { m1pHere, temporaryFolder } from "../../../scenarios/support.ts";

// Steers terminals (C0 and C1), shows text in another order, and does not show at all.
const HOSTILE = "a\u001b[2J\u009b31mb\u202Ec\u200Bd\u00A0e";

/** A run whose answer is given, and whose staged calls are in doubt from the first on. */
async function pendingRun(t: TestContext, { titles = ["first", "second"], staged = true } = {}) {
  const dataDir = temporaryFolder(t);
  const tool = defineTool({
    name: "ticket",
    description: "Opens a ticket.",
    parameters: z.object({ title: z.string() }),
    declare: () => ({ effect: "external", egress: [], acts: staged ? "staged" : "now" }),
    call: ({ title }) => Promise.reject(title === "bad" ? new NotPerformed("No.") : new Error("socket hang up")),
  });
  const team = functionTeam(
    "stages",
    async ({ steps }) => {
      for (const title of titles) await steps.tool({ tool: "ticket", arguments: { title } });
      return "42";
    },
    { tools: ["ticket"] },
  );
  const run = race({ task: "?", teams: [team], tools: [tool], dataDir });
  await run.receipt.catch(() => {});
  const m1p = (...args: string[]) => m1pHere(t, args, { dataDir });
  const asked = JSON.parse((await m1p("approvals", "--json")).stdout || "{}") as { question: string };
  return { run, dataDir, m1p, id: asked.question };
}

suite("m1p approvals", () => {
  test("says what happened, what each decision means and how to give it; with --json one question a line", async (t) => {
    const { run, m1p, id } = await pendingRun(t);
    const { stdout, exitCode } = await m1p("approvals");
    assert.equal(exitCode, 0);
    const lines = stdout.split("\n");
    assert.match(lines[0] ?? "", new RegExp(`^${id}  run ${run.id}, team-1, asked \\d{4}-`));
    assert.equal(lines[1], '  ticket {"title":"first"}');
    assert.match(
      lines[2] ?? "",
      /nobody knows whether it was done\. socket hang up\..*calls that the team staged after it/,
    );
    assert.deepEqual(
      lines.slice(3, 6).map((line) => line.trim().split(/ {2,}/)),
      [
        [`m1p approve ${id}`, "do it again"],
        [`m1p approve ${id} --done "TEXT"`, "it was done, and TEXT is what it answered"],
        [`m1p deny ${id}`, "do not repeat it"],
      ],
    );
    const asked = JSON.parse((await m1p("approvals", "--json")).stdout) as Record<string, unknown>;
    assert.deepEqual(asked["arguments"], { title: "first" });
    assert.equal(asked["runId"], run.id);
  });

  test("shows arguments in full and nothing in them steers the terminal, hides, or looks like something else", async (t) => {
    const { run, m1p } = await pendingRun(t, { titles: [HOSTILE + "x".repeat(1_000)] });
    for (const args of [
      ["approvals"],
      ["approvals", "--json"],
      ["show", run.id],
      ["show", run.id, "--lines"],
      ["show", run.id, "--full"],
    ]) {
      const { stdout } = await m1p(...args);
      assert.doesNotMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\u00A0]/u, args.join(" "));
    }
    const { stdout } = await m1p("approvals");
    assert.ok(stdout.includes(String.raw`{"title":"a\u001b[2J\u009b31mb\u202ec\u200bd\u00a0e${"x".repeat(1_000)}"}`));
    const asked = JSON.parse((await m1p("approvals", "--json")).stdout) as { arguments: { title: string } };
    assert.equal(asked.arguments.title, HOSTILE + "x".repeat(1_000));
  });

  test("without a question it says so; a run that cannot be read is named, and the others are told", async (t) => {
    const { run, dataDir, m1p, id } = await pendingRun(t);
    const empty = await m1pHere(t, ["approvals"]);
    assert.match(empty.stderr, /No run in .* asks anything of a person/);
    mkdirSync(runDirectory(dataDir, "broken"));
    writeFileSync(path.join(runDirectory(dataDir, "broken"), "log.db"), "what is no database at all ".repeat(100));
    assert.match((await m1p("approvals")).stderr, /Not told: what the run broken may ask\. .*damaged/);
    assert.match((await m1p("approve", "aaaaa-aaaaa")).stderr, /Run broken could not be looked at: .*damaged/);
    const other = await pendingRun(t);
    assert.notEqual(other.id, id, "ids differ between runs");
    assert.match((await m1p("approvals")).stdout, new RegExp(run.id));
  });
});

suite("m1p approve and m1p deny", () => {
  test("a person's word that it was done is its result; the run goes on, as far as this process can", async (t) => {
    const { run, m1p, id } = await pendingRun(t);
    const approved = await m1p("approve", id.toUpperCase(), "--done", "ticket 7");
    assert.equal(approved.exitCode, 0, approved.stderr);
    assert.equal(approved.stdout, `${id}: ticket {"title":"first"} was done\n`);
    assert.match(approved.stderr, new RegExp(`It goes on with: m1p resume ${run.id}`));
    assert.match((await m1p("show", run.id, "--lines")).stdout, /decides, .*: it was done, and answered: ticket 7/);
    const resumed = await m1p("resume", run.id);
    assert.equal(resumed.exitCode, 2, resumed.stderr + "this process does not have the tool of the second call");
    assert.match(resumed.stderr, /does not have the tool "ticket".*\n.*program/);
    assert.match((await m1p("show", run.id, "--lines")).stdout, /ticket: done, says a person: ticket 7/);
  });

  test("denied, it is left, and those staged after it are not done; that needs no tool", async (t) => {
    const { run, m1p, id } = await pendingRun(t);
    assert.match((await m1p("show", run.id)).stdout, new RegExp(`It waits for a person: ${id}`));
    assert.equal((await m1p("deny", id)).exitCode, 0);
    const resumed = await m1p("resume", run.id);
    assert.equal(resumed.exitCode, 0, resumed.stderr);
    const { stdout } = await m1p("show", run.id, "--lines");
    assert.match(stdout, /ticket: nobody knows whether it was done, and a person leaves it so/);
    assert.match(stdout, /ticket: not done, since one before it was not/);
    assert.doesNotMatch(stdout, /waits for a person: /);
    assert.match((await m1p("resume", run.id)).stderr, /has ended already/);
  });

  test("what cannot be decided is refused in a sentence, and nothing of it is done", async (t) => {
    const { run, m1p, id } = await pendingRun(t);
    const refused = async (args: string[], reason: RegExp) => {
      const { exitCode, stderr, stdout } = await m1p(...args);
      assert.equal(exitCode, 2, args.join(" "));
      assert.match(stderr, reason);
      assert.equal(stdout, "");
    };
    await refused(["approve", "nothing-such"], /asks the question "nothing-such"\.\n.*m1p approvals/);
    await refused(["approve", id, "nothing-such"], /asks the question/);
    await refused(["approve", id, "other", "--done", "x"], /several are named/);
    await refused(["approve", id, "--run", "ffff"], /asks the question/);
    assert.match((await m1p("approvals")).stdout, new RegExp(id), "it is still open");
    assert.equal((await m1p("deny", id, "--run", run.id)).exitCode, 0);
    await refused(["approve", id], /was answered already, by .*: do not repeat it/);
  });

  test("a question that the end of the race has settled needs no answer", async (t) => {
    const { run, m1p } = await pendingRun(t, { titles: [] });
    const log = SqliteLog.open({ directory: run.directory, runId: run.id, clock: realClock });
    const step = { question: "aaaaa-bbbbb", about: "step", subject: "team-1/1", team: "team-1", tool: "x" } as const;
    const writer = await log.acquire("run");
    await writer.append([
      { type: "question-asked", ...step, arguments: {}, text: "?" },
      { type: "team-finished", team: "team-1", outcome: "stopped", reason: "", turns: 0 },
    ]);
    await log.close();
    const { exitCode, stderr } = await m1p("approve", "aaaaa-bbbbb");
    assert.equal(exitCode, 2);
    assert.match(stderr, /needs no answer any more: its run went on without it/);
  });

  test("a run that waits for a person is listed as such, and its exit code is 6", async (t) => {
    const pending = await pendingRun(t);
    const resumed = await pending.m1p("resume", pending.run.id);
    assert.equal(resumed.exitCode, 6, resumed.stderr);
    assert.match((await pending.m1p("runs")).stdout, /waiting/);
    const stuck = await pendingRun(t, { staged: false });
    assert.match((await stuck.m1p("show", stuck.run.id)).stdout, new RegExp(`It waits for a person: ${stuck.id}`));
    assert.match((await stuck.m1p("runs")).stdout, /waiting/);
  });
});
