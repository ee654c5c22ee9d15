import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { z } from "zod";
import { realClock } from "../../../../src/base/clock.ts";
import { listRuns } from "../../../../src/log/list-runs.ts";
import { answerQuestion, findQuestion, openQuestions } from "../../../../src/run/effects/open-questions.ts";
import { race } from "../../../../src/run/race.ts";
import { resume } from "../../../../src/run/resume.ts";
import { RunWaiting } from "../../../../src/run/engine/run-waiting.ts";
import { functionTeam } from "../../../../src/team/adapters/function-team.ts";
import type { TeamContext, TeamResult } from "../../../../src/team/team.ts";
import { defineTool, type Tool } from "../../../../src/tools/tool.ts";
import type { ToolResult } from "../../../../src/events/tool-call.ts";

const tools = { tools: ["ticket"] };

/** A tool with calls of both kinds, and how often each title was opened. */
function ticketDesk(call: (title: string, times: number) => Promise<ToolResult>): {
  tool: Tool;
  opened: Map<string, number>;
} {
  const opened = new Map<string, number>();
  const tool = defineTool({
    name: "ticket",
    description: "Opens a ticket.",
    parameters: z.object({ title: z.string(), now: z.boolean() }),
    declare: ({ now }) => ({ effect: "external", egress: [], acts: now ? "now" : "staged" }),
    call({ title }) {
      const times = (opened.get(title) ?? 0) + 1;
      opened.set(title, times);
      return call(title, times);
    },
  });
  return { tool, opened };
}

const open = ({ steps }: TeamContext, title: string, now: boolean) =>
  steps.tool({ tool: "ticket", arguments: { title, now } });

const gaveUp: TeamResult = { outcome: "gave-up", findings: "", reason: "It is of no use.", turns: 0 };

function dataDirOf(t: TestContext): string {
  const dataDir = mkdtempSync(path.join(tmpdir(), "m1p-effects-"));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

/** What a person decides of the one question that is open. */
async function decide(dataDir: string, decision: "again" | "not-again" | "done", text?: string): Promise<void> {
  const { questions } = openQuestions(dataDir, realClock);
  assert.equal(questions.length, 1);
  const question = findQuestion(dataDir, { question: questions[0]?.question.question ?? "" }, decision, realClock);
  await answerQuestion(dataDir, question, { decision, ...(text ? { text } : {}), by: "somebody" }, realClock);
}

suite("external calls of a race", () => {
  test("R5: k teams act and one commits: a permit is performed once for all, and what was staged by the answer's team alone", async (t) => {
    const dataDir = dataDirOf(t);
    const { tool, opened } = ticketDesk(async (title) => ({ text: `opened ${title}`, facts: {} }));
    const heard: string[] = [];
    const team = functionTeam(
      "reporter",
      async (context) => {
        const { text } = await open(context, "outage", true);
        heard.push(text, (await open(context, `report of ${context.team}`, false)).text);
        return text;
      },
      tools,
    );
    const run = race({ task: "?", teams: [team, team, team], tools: [tool], dataDir });
    const { answer, winner } = await run.result;
    assert.equal(answer, "opened outage");
    assert.equal((await run.receipt).effects, "done");
    assert.deepEqual(Object.fromEntries(opened), { outage: 1, [`report of ${winner}`]: 1 });
    assert.match(heard.find((text) => text.includes("staged")) ?? "", /performed once, after the race/);
  });

  test("a run in which nobody can go on without a person ends its process, and goes on when that is decided", async (t) => {
    const dataDir = dataDirOf(t);
    const { tool, opened } = ticketDesk(async (title, times) => {
      if (times === 1) throw new Error("socket hang up");
      return { text: `opened ${title}`, facts: {} };
    });
    const asks = functionTeam("asks", async (context) => (await open(context, "outage", true)).text, tools);
    // Works on for a while when the others wait already: then nobody is left who can go on.
    const stalled = Promise.withResolvers<void>();
    const leaves = functionTeam(
      "leaves",
      async ({ steps }) => {
        await stalled.promise;
        for (let step = 0; step < 3; step += 1) await steps.tool({ tool: "list-files", arguments: {} });
        return gaveUp;
      },
      { tools: ["list-files"] },
    );
    const teams = [asks, asks, leaves];
    const run = race({ task: "?", teams, tools: [tool], dataDir });
    for await (const event of run.events) if (event.type === "question-asked") stalled.resolve();
    await assert.rejects(run.result, (error) => error instanceof RunWaiting && error.questions.length === 1);

    await decide(dataDir, "again");
    const later = resume({ run: run.id, teams, tools: [tool], dataDir });
    assert.equal((await later.result).answer, "opened outage");
    assert.equal((await later.receipt).effects, "done");
    assert.equal(opened.get("outage"), 2, "a person said so");
  });

  test("a run in memory only that waits for a person says that it ends, and what to do another time", () => {
    assert.match(new RunWaiting("run", ["q-1"], true).hint ?? "", /kept in memory only and ends here/);
    assert.match(new RunWaiting("run", ["q-1"]).hint ?? "", /m1p resume run goes on/);
  });

  test("R3: a staged call in doubt is pending in the receipt, and performed or left when a person has decided", async (t) => {
    const dataDir = dataDirOf(t);
    const { tool, opened } = ticketDesk(async (title) => {
      if (title === "first") throw new Error("socket hang up");
      return { text: `opened ${title}`, facts: {} };
    });
    const team = functionTeam(
      "stages",
      async (context) => {
        for (const title of ["first", "second"]) await open(context, title, false);
        return "42";
      },
      tools,
    );
    const run = race({ task: "?", teams: [team], tools: [tool], dataDir });
    assert.equal((await run.receipt).effects, "pending");
    assert.equal((await run.result).answer, "42");
    await decide(dataDir, "done", "ticket 1");
    const later = resume({ run: run.id, teams: [team], tools: [tool], dataDir });
    assert.equal((await later.receipt).effects, "done");
    assert.deepEqual(Object.fromEntries(opened), { first: 1, second: 1 });
    assert.equal(listRuns(dataDir)[0]?.outcome, "answered");
    const again = resume({ run: run.id, teams: [team], tools: [tool], dataDir });
    await again.receipt;
    assert.deepEqual(Object.fromEntries(opened), { first: 1, second: 1 });
  });

  test("of two answers at once to one question one counts, and the other is told so", async (t) => {
    const dataDir = dataDirOf(t);
    const { tool } = ticketDesk(() => Promise.reject(new Error("socket hang up")));
    const team = functionTeam("stages", async (context) => (await open(context, "x", false), "42"), tools);
    await race({ task: "?", teams: [team], tools: [tool], dataDir }).receipt;
    for (let round = 0; round < 3; round += 1) {
      const [asked] = openQuestions(dataDir, realClock).questions;
      assert.ok(asked);
      const decisions = (["again", "not-again", "done"] as const).map((decision) =>
        answerQuestion(dataDir, asked, { decision, by: decision }, realClock),
      );
      const ended = await Promise.allSettled(decisions);
      assert.equal(ended.filter(({ status }) => status === "fulfilled").length, 1);
      for (const end of ended) if (end.status === "rejected") assert.match(String(end.reason), /was answered already/);
      const run = await resume({ run: "last", teams: [team], tools: [tool], dataDir }).receipt;
      // One that was done again is in doubt again, and asked about anew.
      if (run.effects !== "pending") break;
    }
  });

  test("an answer that comes while another team works reaches the run that lives", async (t) => {
    const dataDir = dataDirOf(t);
    const { tool } = ticketDesk(() => Promise.reject(new Error("socket hang up")));
    const asks = functionTeam("asks", async (context) => (await open(context, "outage", true)).text, tools);
    const works = functionTeam("works", () => new Promise(() => {}));
    const run = race({ task: "?", teams: [asks, works], tools: [tool], dataDir });
    for await (const event of run.events)
      if (event.type === "question-asked") await decide(dataDir, "done", "ticket 7");
    assert.equal((await run.result).answer, "ticket 7");
  });
});
