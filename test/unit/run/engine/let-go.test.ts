import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { z } from "zod";
import { whenAborted } from "../../../../src/base/abort.ts";
import { M1Error } from "../../../../src/base/errors.ts";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import type { LoggedEvent, RunEvent } from "../../../../src/events/run-event.ts";
import type { RunLog } from "../../../../src/log/run-log.ts";
import { RunWaiting } from "../../../../src/run/engine/run-waiting.ts";
import { Conversation } from "../../../../src/steps/conversation.ts";
import type { ModelExecutor, ToolExecutor } from "../../../../src/steps/executors.ts";
import { MortalProcess } from "../../../../src/testing/mortal-process.ts";
import { SimulatedDisk, type SimulatedDiskAccess } from "../../../../src/testing/simulated-disk.ts";
import { defineTool, type Tool } from "../../../../src/tools/tool.ts";
import { answers, engineOf, RESUMED, scriptedTeam, type EngineSetup } from "../support.ts";

const usage = { inputTokens: 3, outputTokens: 2, cachedTokens: 0, costUsd: 0, estimated: false };
const ask = (content: string) => ({ conversation: Conversation.of({ role: "user", content }) });

/** A run whose disk does what the test says, and goes on in as many processes as it wants. */
class KeptRun {
  readonly clock = new VirtualClock();
  readonly #disk = new SimulatedDisk({ runId: "run" });

  /** One process that works on it. */
  process(setup: EngineSetup, access: Partial<SimulatedDiskAccess> = {}) {
    const process = new MortalProcess(this.clock);
    const log = this.#disk.open({ ...access, process });
    return { ...engineOf(setup, { clock: this.clock, log }), process };
  }

  /** As another process has it. */
  get log(): RunLog {
    return this.#disk.open({ process: new MortalProcess(this.clock) });
  }

  events(): LoggedEvent[] {
    return [...this.log.read()];
  }

  async say(event: RunEvent): Promise<void> {
    await (await this.log.acquire("person")).append([event]);
  }
}

const codeOf = async (work: Promise<unknown>) =>
  await work.then(
    () => "resolved",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

/** Refuses the writes of these numbers. */
function refusing(...numbers: number[]) {
  let count = 0;
  return () => (numbers.includes((count += 1)) ? ("refused" as const) : undefined);
}

suite("a run whose log fails", () => {
  const models: ModelExecutor = {
    execute: async (messages, _settings, { signal }) => {
      const text = messages.at(-1)?.content ?? "";
      if (text === "long") throw await whenAborted(signal);
      return { reply: { text, finishReason: "stop" }, usage, attempts: 1, retried: [] };
    },
    cutOffUsage: async () => usage,
  };

  test("R3, R4: says nothing of its teams' ends when the disk is back: the next process goes on with them", async () => {
    const run = new KeptRun();
    const works = scriptedTeam(async ({ steps }) => {
      for (const part of ["one", "two", "three"]) await steps.model(ask(part));
      return answers("42");
    });
    const waits = scriptedTeam(async ({ steps }) => {
      await steps.model(ask("long"));
      return answers("43");
    });
    const failing = run.process({ teams: [works, waits], models }, { fault: refusing(7) });
    await failing.engine.start();
    assert.equal(await codeOf(failing.engine.result), "log-disk");
    await run.clock.advance(1_000);
    assert.deepEqual(
      run.events().filter(({ type }) => type === "team-finished"),
      [],
    );
    const later = run.process({ teams: [works, waits], models });
    await later.engine.resume(RESUMED);
    assert.equal((await later.engine.finished).answer, "42");
  });

  test("R1: ends also where its team waits for what never comes: a verdict on a proposal that was not kept", async () => {
    const run = new KeptRun();
    const proposes = scriptedTeam(async ({ steps }) => {
      await steps.propose({ answer: "42", findings: "", reason: "", turns: 1 });
      return answers("42");
    });
    const accept = async () => ({ verdict: "accept" as const, reason: "" });
    const failing = run.process({ teams: [proposes], accept }, { fault: refusing(5) });
    await failing.engine.start();
    assert.equal(await codeOf(failing.engine.finished), "log-disk");
    assert.deepEqual(
      run.events().map(({ type }) => type),
      ["run-started", "team-launched"],
    );
  });

  test("R4: a disk that refuses what belongs into a team's folder ends the run, not the team", async () => {
    const run = new KeptRun();
    const teams = [scriptedTeam(async () => answers("42"))];
    const failing = run.process({ teams, noPlace: new M1Error("log-disk", "The disk is full.") });
    await failing.engine.start();
    assert.equal(await codeOf(failing.engine.finished), "log-disk");
    assert.ok(run.events().every(({ type }) => type !== "team-finished"));
  });
});

suite("a run that waits for a person", () => {
  /** Nobody knows what became of its first call. */
  function ticketTool(): { tool: Tool; calls: string[] } {
    const calls: string[] = [];
    const tool = defineTool({
      name: "ticket",
      description: "Opens a ticket.",
      parameters: z.object({}),
      declare: () => ({ effect: "external", egress: [], acts: "now" }),
      call: async (_args, { idempotencyKey }) => {
        calls.push(idempotencyKey);
        if (calls.length === 1) throw new Error("socket hang up");
        return { text: "opened", facts: {} };
      },
    });
    return { tool, calls };
  }
  const tools: ToolExecutor = {
    declare: () => ({ effect: "external", egress: [], acts: "now" }),
    execute: async () => ({ text: "", facts: {} }),
    reopen: async () => true,
  };
  const opens = scriptedTeam(async ({ steps }) => {
    const { text } = await steps.tool({ tool: "ticket", arguments: {} });
    return answers(text);
  });

  test("R5: an answer that comes while the process lets go is acted on by the next one, and once", async () => {
    const run = new KeptRun();
    const { tool, calls } = ticketTool();
    const setup = { teams: [opens], tools, effectTool: tool };
    const slow = run.process(setup, { soon: (callback) => void run.clock.timer(10, callback) });
    void slow.engine.start();
    while (!run.events().some(({ type }) => type === "question-asked")) await run.clock.next();
    const asked = run.events().find((event) => event.type === "question-asked");
    const id = asked?.type === "question-asked" ? asked.question : "";
    await run.say({ type: "question-answered", question: id, decision: "again", by: "somebody" });
    const [error] = await Promise.all([slow.engine.finished.catch((each: unknown) => each), run.clock.advance(2_000)]);
    assert.ok(error instanceof RunWaiting, String(error));
    assert.equal(run.events().at(-1)?.type, "run-waiting", "nothing follows");
    assert.equal(calls.length, 1);
    const later = run.process(setup);
    await later.engine.resume(RESUMED);
    assert.equal((await later.engine.finished).answer, "opened");
    assert.deepEqual([calls.length, new Set(calls).size], [2, 1], "done again, under the same key");
  });
});
