import assert from "node:assert/strict";
import { test } from "node:test";
import { NotPerformed } from "../../../../src/tools/not-performed.ts";
import { CopiedEvents } from "../../../../src/run/fork/copied-events.ts";
import type { Cut } from "../../../../src/run/fork/cut.ts";
import { append, decision, newRun, openQuestion, process, request, result, staging, ticketTool } from "./support.ts";

const ALL: Cut = { teams: new Set(["team-1"]), before: () => Infinity, reopened: new Set(), continued: new Map() };

test("R5: a run that begins with another's events does nothing again that was done there, and may yet do what surely was not", async () => {
  const { log, clock } = await newRun();
  const done: string[] = [];
  const keys = new Map<string, string>();
  let refuses = "second";
  const tool = ticketTool({
    idempotent: true,
    call: async ({ idempotencyKey }, title) => {
      if (title === refuses) throw new NotPerformed("It may not be opened.");
      keys.set(title, idempotencyKey);
      done.push(title);
      return result(`opened ${title}`);
    },
  });
  for (const [index, title] of ["first", "second", "third"].entries())
    await append(log, "team-1", ...staging(request("team-1", title, index + 1)));
  const effects = await process(log, clock, tool);
  await effects.perform(request("team-2", "shared"));
  await append(log, "race", decision("team-1"));
  await effects.conclude();
  assert.equal(effects.summary(), "failed");

  const { log: forked } = await newRun(clock, "another-run");
  for (const { scope, event } of new CopiedEvents(ALL, () => log.read())) await append(forked, scope, event);
  refuses = "nothing";
  const later = await process(forked, clock, tool);
  assert.deepEqual(await later.perform(request("team-1", "shared", 9)), result("opened shared"));
  await append(forked, "race", decision("team-1"));
  await later.conclude();
  assert.deepEqual(done, ["shared", "first", "second", "third"]);
  assert.equal(later.summary(), "done");
});

test("R5: what is in doubt in a run is in doubt in one that begins with its events, and keeps its key", async () => {
  const { log, clock } = await newRun();
  const keys: string[] = [];
  const tool = ticketTool({
    call: async ({ idempotencyKey }) => {
      keys.push(idempotencyKey);
      if (keys.length === 1) throw new Error("socket hang up");
      return result("opened");
    },
  });
  await append(log, "team-1", ...staging(request()));
  await append(log, "race", decision("team-1"));
  await (await process(log, clock, tool)).conclude();

  const { log: forked } = await newRun(clock, "another-run");
  for (const { scope, event } of new CopiedEvents(ALL, () => log.read())) await append(forked, scope, event);
  await append(forked, "race", decision("team-1"));
  const later = await process(forked, clock, tool);
  await later.conclude();
  assert.equal(later.summary(), "pending");
  assert.equal(openQuestion(forked), openQuestion(log));
  await append(forked, "person", {
    type: "question-answered",
    question: openQuestion(forked),
    decision: "again",
    by: "somebody",
  });
  await later.conclude();
  assert.equal(later.summary(), "done");
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
});
