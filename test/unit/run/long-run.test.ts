import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { z } from "zod";
import { otherWork } from "../../../src/base/event-loop.ts";
import type { Message } from "../../../src/events/message.ts";
import type { LanguageModel } from "../../../src/model/model.ts";
import { race } from "../../../src/run/race.ts";
import { resume } from "../../../src/run/resume.ts";
import { Conversation } from "../../../src/steps/conversation.ts";
import { functionTeam } from "../../../src/team/adapters/function-team.ts";
import type { Team } from "../../../src/team/team.ts";
import { defineTool } from "../../../src/tools/tool.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Data alone: code is compiled for a while, however long the run is. */
const DATA = new Set(["new_space", "old_space", "large_object_space", "new_large_object_space"]);

/** What is alive, in KiB, after all garbage is gone: what finalizers and ended calls let go of, too. */
async function heap(): Promise<number> {
  for (let turn = 0; turn < 20; turn += 1) {
    await otherWork();
    if (turn % 5 === 0) collect();
  }
  collect();
  const spaces = getHeapSpaceStatistics().filter((space) => DATA.has(space.space_name));
  return spaces.reduce((sum, space) => sum + space.space_used_size, 0) / 1024;
}

/** A reply is as long as they are: were it kept, a thousand of them would show. */
const REPLY = "and so on, in some more words, ".repeat(60);
/** Of a thousand steps, once what is remembered of names and links has filled up. Were the replies kept: over 1,000. */
const ALLOWED_KIB = 400;
/** That filling is in here: measured, 200 to 330 KiB. Were the replies kept: over 2,000. */
const ALLOWED_RESUMED_KIB = 900;

const model: LanguageModel = {
  id: "own/model",
  billing: "free",
  rehearsal: true,
  abilities: { schema: true, tool: true, seed: true, orchestrates: "full-ledger" },
  stream: async (messages) => ({
    text: `${messages.at(-1)?.content}: ${REPLY}`,
    finishReason: "stop",
    usage: { inputTokens: 10, outputTokens: 5, cachedTokens: 0, cacheWriteTokens: 0 },
  }),
};
const parameters = z.object({ step: z.number() });
const tools = [
  defineTool({
    name: "write",
    description: "Changes a file.",
    parameters,
    declare: () => ({ effect: "workspace", egress: [] }),
    call: async ({ step }, { workspace }) => {
      writeFileSync(path.join(workspace.root, `file-${step % 20}`), `${step} ${REPLY}`);
      return { text: "written", facts: {} };
    },
  }),
  defineTool({
    name: "look",
    description: "Reads.",
    parameters,
    declare: () => ({ effect: "read", egress: [] }),
    call: async ({ step }) => ({ text: `${step} ${REPLY}`, facts: {} }),
  }),
];

/** Asks, looks, writes and reports for so many steps, with the last of its conversation in view. */
function longTeam(steps: number, onStep: (step: number) => Promise<void> | void): Team {
  return functionTeam(
    "long",
    async (context) => {
      const system = Conversation.of({ role: "system", content: "You work for long." });
      let recent: Message[] = [];
      for (let step = 1; step <= steps; step += 1) {
        if (step % 10 === 1) await context.steps.report({ type: "turn-started", turn: step });
        if (step % 4 === 0) await context.steps.tool({ tool: "write", arguments: { step } });
        else if (step % 4 === 2) await context.steps.fork("FileSurfer").tool({ tool: "look", arguments: { step } });
        else {
          recent = [...recent, { role: "user" as const, content: `question ${step}` }].slice(-8);
          const { text } = await context.steps.model({ conversation: system.append(...recent) });
          recent.push({ role: "assistant", content: text });
        }
        await onStep(step);
      }
      return "42";
    },
    { model: model.id, tools: ["write", "look"] },
  );
}

/** In memory where the machine has such a folder: what is measured is not the disk. */
function dataDirOf(t: TestContext): string {
  const folder = mkdtempSync(path.join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "m1p-long-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

suite("a run of 2,000 steps", { timeout: 120_000 }, () => {
  test("S1: takes no more memory at its end than in its middle", async (t) => {
    const options = { task: "?", models: [model], tools, dataDir: dataDirOf(t) };
    await race({ ...options, teams: [longTeam(200, () => {})] }).receipt;
    const measured = new Map<number, number>();
    const measure = async (step: number) => {
      if (step === 1_000 || step === 2_000) measured.set(step, await heap());
    };
    const { answer } = await race({ ...options, teams: [longTeam(2_000, measure)] }).receipt;
    assert.equal(answer, "42");
    const grown = (measured.get(2_000) ?? Number.NaN) - (measured.get(1_000) ?? Number.NaN);
    t.diagnostic(`grown by ${grown.toFixed(0)} KiB`);
    assert.ok(grown < ALLOWED_KIB, `grown by ${grown.toFixed(0)} KiB`);
  });

  test("S1: resumed, holds nothing of its recorded steps when it has come to them again, be it 200 or 2,000", async (t) => {
    const measured = [await resumedHeap(t, 200), await resumedHeap(t, 2_000)];
    const grown = (measured[1] ?? Number.NaN) - (measured[0] ?? Number.NaN);
    t.diagnostic(`grown by ${grown.toFixed(0)} KiB`);
    assert.ok(grown < ALLOWED_RESUMED_KIB, `grown by ${grown.toFixed(0)} KiB`);
  });
});

/** What is alive when a run that was killed after so many steps has done a hundred more in another process. */
async function resumedHeap(t: TestContext, steps: number): Promise<number> {
  const options = { task: "?", models: [model], tools };
  const [dataDir, copy] = [dataDirOf(t), dataDirOf(t)];
  const there = Promise.withResolvers<void>();
  const killed = new AbortController();
  const stops = longTeam(steps + 100, async (step) => {
    if (step < steps) return;
    there.resolve();
    await new Promise(() => {});
  });
  const first = race({ ...options, teams: [stops], dataDir, signal: killed.signal });
  await there.promise;
  cpSync(dataDir, copy, { recursive: true });
  killed.abort();
  await first.receipt;
  let measured = Number.NaN;
  const team = longTeam(steps + 100, async (step) => {
    if (step === steps + 100) measured = await heap();
  });
  const { answer } = await resume({ ...options, run: first.id, teams: [team], dataDir: copy }).receipt;
  assert.equal(answer, "42");
  return measured;
}
