import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { whenAborted } from "../../../../src/base/abort.ts";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { SqliteLog } from "../../../../src/log/sqlite-log.ts";
import { NotPerformed } from "../../../../src/tools/not-performed.ts";
import {
  answer,
  append,
  course,
  decision,
  events,
  newRun,
  openQuestion,
  process,
  request,
  result,
  RUN,
  staging,
  START,
  ticketTool,
} from "./support.ts";

const lostConnection = () => Promise.reject(new Error("socket hang up"));

suite("a permit", () => {
  test("R5: equal calls of several teams are performed once, while it is under way and after; all get the result", async () => {
    const { log, clock } = await newRun();
    const released = Promise.withResolvers<void>();
    const keys: string[] = [];
    const tool = ticketTool({
      call: async ({ idempotencyKey }, title) => {
        keys.push(idempotencyKey);
        await released.promise;
        return result(`opened ${title}`);
      },
    });
    const effects = await process(log, clock, tool);
    const asked = ["team-1", "team-2"].map((team) => effects.perform(request(team)));
    await clock.advance(0);
    released.resolve();
    assert.deepEqual(await Promise.all(asked), [result("opened printer"), result("opened printer")]);
    assert.deepEqual(await effects.perform(request("team-3")), result("opened printer"));
    assert.deepEqual(await effects.perform(request("team-3", "screen", 2)), result("opened screen"));
    assert.equal(keys.length, 2);
    assert.equal(new Set(keys).size, 2);
    assert.match(keys[0] ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(effects.summary(), "done");
    assert.equal(clock.pending, 0);
  });

  test("R5: arguments are equal however their keys are ordered", async () => {
    const { log, clock } = await newRun();
    let calls = 0;
    const effects = await process(log, clock, {
      ...ticketTool({ call: async () => result(String((calls += 1))) }),
    });
    const asked = { ...request(), arguments: { title: "a", more: { x: 1, y: 2 } } };
    const other = { ...request("team-2"), arguments: { more: { y: 2, x: 1 }, title: "a" } };
    assert.deepEqual(await effects.perform(asked), await effects.perform(other));
    assert.equal(calls, 1);
  });

  test("L2: the call is made once its effect-started is durable", async () => {
    const { log, clock } = await newRun();
    const effects = await process(
      log,
      clock,
      ticketTool({ call: async () => result(String(events(log).some(({ type }) => type === "effect-started"))) }),
    );
    assert.equal((await effects.perform(request())).text, "true");
  });

  test("a call that surely was not done fails for all who share it, and may be asked for again", async () => {
    const { log, clock } = await newRun();
    let up = false;
    const effects = await process(
      log,
      clock,
      ticketTool({
        call: async () => {
          if (!up) throw new NotPerformed("The ticket system refuses connections.");
          return result("opened");
        },
      }),
    );
    for (const asked of [effects.perform(request()), effects.perform(request("team-2"))])
      await assert.rejects(asked, { code: "effect-failed", message: /refuses connections/ });
    assert.equal(effects.summary(), "none");
    up = true;
    assert.deepEqual(await effects.perform(request("team-2", "printer", 2)), result("opened"));
    assert.deepEqual(course(log), ["started permit", "failed by call", "started permit", "performed by call"]);
  });

  test("a hindrance that passes is waited out, three tries in all", async () => {
    const { log, clock } = await newRun();
    let tries = 0;
    const tool = ticketTool({
      call: () => {
        tries += 1;
        return Promise.reject(new NotPerformed("It is busy.", { temporary: true }));
      },
    });
    const effects = await process(log, clock, tool);
    const asked = assert.rejects(effects.perform(request()), { code: "effect-failed" });
    await clock.advance(10_000);
    await asked;
    assert.equal(tries, 3);
    assert.deepEqual(course(log), ["started permit", "failed by call"]);
  });

  test("what was performed is performed, however odd the tool's result", async () => {
    const { log, clock } = await newRun();
    const odd = ticketTool({ call: async () => ({ text: 1n }) as unknown as ReturnType<typeof result> });
    const effects = await process(log, clock, odd);
    assert.match((await effects.perform(request())).text, /It was done/);
    assert.equal(effects.summary(), "done");
  });

  test("a call for the run has no team's folder", async () => {
    const { log, clock } = await newRun();
    const tool = ticketTool({ call: async ({ workspace }) => result(workspace.root) });
    const effects = await process(log, clock, tool);
    effects.perform(request()).catch(() => {});
    await clock.advance(0);
    const finished = events(log).find((event) => event.type === "effect-finished");
    assert.ok(finished?.type === "effect-finished");
    assert.equal(finished.failure?.code, "no-workspace");
    effects.close();
  });
});

suite("doubt", () => {
  test("S3: with an idempotency key the call is sent again under the same key, a bounded number of times, then a person is asked", async () => {
    const { log, clock } = await newRun();
    const keys: string[] = [];
    const tool = ticketTool({
      idempotent: true,
      call: ({ idempotencyKey }) => {
        keys.push(idempotencyKey);
        return keys.length === 3 ? Promise.resolve(result("opened")) : lostConnection();
      },
    });
    const effects = await process(log, clock, tool);
    const asked = effects.perform(request());
    await clock.advance(10_000);
    assert.deepEqual(await asked, result("opened"));
    assert.equal(new Set(keys).size, 1);

    const dead = await process(log, clock, ticketTool({ idempotent: true, call: lostConnection }));
    dead.perform(request("team-1", "screen", 2)).catch(() => {});
    await clock.advance(10_000);
    const tries = ["started permit", "in-doubt by call"];
    assert.deepEqual(course(log).slice(-7), [...tries, ...tries, ...tries, "asked"]);
    assert.equal(dead.summary(), "pending");
    dead.close();
    assert.equal(clock.pending, 0);
  });

  test("S3: a try that surely did nothing proves nothing of the one before it", async () => {
    const { log, clock } = await newRun();
    let calls = 0;
    const tool = ticketTool({
      idempotent: true,
      call: () => {
        calls += 1;
        return calls === 1 ? lostConnection() : Promise.reject(new NotPerformed("connection refused"));
      },
    });
    const effects = await process(log, clock, tool);
    effects.perform(request()).catch(() => {});
    await clock.advance(10_000);
    assert.equal(course(log).at(-2), "in-doubt by call");
    assert.equal(course(log).at(-1), "asked");
    effects.close();
  });

  test("S3: the tool's status query decides: performed, or not and then done again", async () => {
    for (const done of [true, false]) {
      const { log, clock } = await newRun();
      let calls = 0;
      const tool = ticketTool({
        call: async () => ((calls += 1) === 1 ? lostConnection() : result("opened now")),
        status: async () => (done ? { performed: result("opened before") } : "not-performed"),
      });
      const effects = await process(log, clock, tool);
      const asked = effects.perform(request());
      await clock.advance(10_000);
      assert.deepEqual(await asked, result(done ? "opened before" : "opened now"));
      assert.equal(calls, done ? 1 : 2);
    }
  });

  test("a status query that fails or does not know yet is tried again, and then counts as unknown", async () => {
    const { log, clock } = await newRun();
    let queries = 0;
    const tool = ticketTool({
      call: lostConnection,
      status: async () => ((queries += 1) === 2 ? "unknown" : lostConnection()),
    });
    const effects = await process(log, clock, tool);
    effects.perform(request()).catch(() => {});
    await clock.advance(30_000);
    assert.equal(queries, 3);
    assert.equal(course(log).at(-1), "asked");
    effects.close();
  });

  test("a call that takes too long is cut off and in doubt, whether it hears that or not", async () => {
    for (const deaf of [true, false]) {
      const { log, clock } = await newRun();
      const tool = ticketTool({
        call: async ({ signal }) => {
          if (deaf) await new Promise(() => {});
          throw await whenAborted(signal);
        },
      });
      const effects = await process(log, clock, tool);
      effects.perform(request()).catch(() => {});
      await clock.advance(60_000);
      assert.deepEqual(course(log), ["started permit", "in-doubt by call", "asked"]);
      effects.close();
    }
  });

  test("S3: after a crash a call that was begun is in doubt: sent again under its key, asked about, or left to a person", async () => {
    const never = () => new Promise<never>(() => {});
    const opened = async () => result("opened");
    const known = { status: async () => ({ performed: result("found") }) };
    for (const [how, options, expected] of [
      ["key", { idempotent: true }, ["in-doubt by call", "started permit", "performed by call"]],
      ["repeatable", { repeatable: true }, ["in-doubt by call", "started permit", "performed by call"]],
      ["status", known, ["in-doubt by call", "performed by status"]],
      ["neither", {}, ["in-doubt by call", "asked"]],
    ] as const) {
      const { log, clock } = await newRun();
      const crashed = await process(log, clock, ticketTool({ call: never }));
      crashed.perform(request()).catch(() => {});
      await clock.advance(0);
      let calls = 0;
      const tool = ticketTool({ ...options, call: () => ((calls += 1), opened()) });
      const effects = await process(log, clock, tool);
      effects.perform(request()).catch(() => {});
      await clock.advance(0);
      assert.deepEqual(course(log), ["started permit", ...expected], how);
      assert.equal(calls, expected.some((part) => part === "started permit") ? 1 : 0);
      const keys = events(log).flatMap((event) => (event.type === "effect-started" ? [event.idempotencyKey] : []));
      assert.equal(new Set(keys).size, 1, how);
      effects.close();
    }
  });
});

suite("a person's decision", () => {
  const doubtful = async () => {
    const { log, clock } = await newRun();
    let calls = 0;
    const tool = ticketTool({ call: () => ((calls += 1) === 1 ? lostConnection() : Promise.resolve(result("again"))) });
    const effects = await process(log, clock, tool);
    const asked = effects.perform(request());
    asked.catch(() => {});
    await clock.advance(0);
    return { log, clock, tool, effects, asked, question: openQuestion(log) };
  };

  test("equal calls are asked about once; one answer reaches all who wait", async () => {
    const { log, clock, effects, asked, question } = await doubtful();
    const other = effects.perform(request("team-2"));
    await clock.advance(0);
    assert.deepEqual(
      [...effects.waiting.entries()],
      [
        ["team-1/1", question],
        ["team-2/1", question],
      ],
    );
    await append(log, "person", answer(question, "again"));
    await clock.advance(250);
    assert.deepEqual(await asked, result("again"));
    assert.deepEqual(await other, result("again"));
    assert.deepEqual(course(log).filter((part) => part === "asked").length, 1);
    assert.equal(effects.waiting.size, 0);
    assert.equal(clock.pending, 0);
  });

  test("an answer that another process appends reaches the live one, by its looking at the log", async (t) => {
    const directory = mkdtempSync(path.join(tmpdir(), "m1p-effects-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const clock = new VirtualClock();
    const log = SqliteLog.create({ directory, runId: RUN, clock });
    const beside = SqliteLog.open({ directory, runId: RUN, clock });
    await append(log, "run", START);
    const effects = await process(log, clock, ticketTool({ call: lostConnection }));
    const asked = effects.perform(request());
    while (effects.waiting.size === 0) await clock.advance(0);
    await append(beside, "person", answer(openQuestion(beside), "done", "ticket 7"));
    await clock.advance(250);
    assert.deepEqual(await asked, result("ticket 7"));
    effects.close();
    await Promise.all([log.close(), beside.close()]);
    assert.equal(clock.pending, 0);
  });

  test("done: their words are the result; not again: the call is refused, then and later", async () => {
    const first = await doubtful();
    await append(first.log, "person", answer(first.question, "done", "ticket 7"));
    assert.deepEqual(await first.asked, result("ticket 7"));
    assert.equal(first.effects.summary(), "done");

    const second = await doubtful();
    await append(second.log, "person", answer(second.question, "not-again"));
    await assert.rejects(second.asked, { code: "effect-refused" });
    await append(second.log, "person", answer(second.question, "again"));
    await assert.rejects(second.effects.perform(request("team-2")), { code: "effect-refused" });
    assert.equal(second.effects.summary(), "failed");
    assert.deepEqual(course(second.log).slice(-3), ["not-again", "refused by person", "again"]);
  });

  test("a question outlives the process, and an answer that came meanwhile is acted on once", async () => {
    const { log, clock, tool, effects, question } = await doubtful();
    effects.close();
    const later = await process(log, clock, tool);
    const waits = later.perform(request());
    waits.catch(() => {});
    await clock.advance(1_000);
    assert.equal(openQuestion(log), question, "it is not asked anew");
    later.close();
    await append(log, "person", answer(question, "again"));
    const last = await process(log, clock, tool);
    assert.deepEqual(await last.perform(request()), result("again"));
    assert.deepEqual(await last.perform(request("team-2")), result("again"));
  });

  test("one that is done again and is in doubt again is asked about anew, under another id", async () => {
    const { log, clock } = await newRun();
    const effects = await process(log, clock, ticketTool({ call: lostConnection }));
    effects.perform(request()).catch(() => {});
    await clock.advance(0);
    const first = openQuestion(log);
    await append(log, "person", answer(first, "again"));
    await clock.advance(0);
    const second = openQuestion(log);
    assert.notEqual(second, first);
    assert.match(second, /^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/);
    effects.close();
    assert.equal(clock.pending, 0);
  });
});

suite("a program that a crash cut off", () => {
  test("S3: it runs again at once where the tool says that is safe, else when a person says so", async () => {
    const { log, clock } = await newRun();
    const never = () => Promise.reject(new Error("it is not called"));
    const effects = await process(log, clock, ticketTool({ call: never, repeatable: true }));
    assert.equal(await effects.mayRepeat(request()), true);
    for (const decision of ["again", "not-again"] as const) {
      const key = `team-2/${decision}`;
      const later = await process(log, clock, ticketTool({ call: never }));
      const asked = later.mayRepeat({ ...request("team-2"), key });
      await clock.advance(0);
      assert.deepEqual([...later.waiting.keys()], [key]);
      await append(log, "person", answer(openQuestion(log), decision));
      assert.equal(await asked, decision === "again");
    }
  });

  test("each crash is asked about anew; a question of an ended team needs no answer", async () => {
    const { log, clock } = await newRun();
    const tool = ticketTool({ call: () => Promise.reject(new Error("it is not called")) });
    const effects = await process(log, clock, tool);
    const asked = effects.mayRepeat(request());
    await clock.advance(0);
    const first = openQuestion(log);
    await append(log, "person", answer(first, "again"));
    assert.equal(await asked, true);
    await append(log, "team-1", { type: "step-restarted", key: request().key, reason: "cut off" });
    const later = await process(log, clock, tool);
    const again = assert.rejects(later.mayRepeat(request()), { code: "question-moot" });
    await clock.advance(0);
    assert.notEqual(openQuestion(log), first);
    await append(log, "team-1", { type: "team-finished", team: "team-1", outcome: "stopped", reason: "", turns: 0 });
    await again;
    assert.equal(clock.pending, 0);
  });
});

suite("the end of the race", () => {
  test("R3: a permit call that is still under way is cut off, in doubt and listed; what waits is let go", async () => {
    const { log, clock } = await newRun();
    const tool = ticketTool({ call: async ({ signal }) => Promise.reject(await whenAborted(signal)) });
    const effects = await process(log, clock, tool);
    const asked = assert.rejects(effects.perform(request()), { code: "race-decided" });
    await clock.advance(0);
    // Under a scope of its own, so that the writer of the effects stays valid.
    await append(log, "race", decision("team-2"));
    effects.decided();
    assert.deepEqual(course(log), ["started permit"], "it may still come to its end by itself");
    await effects.conclude();
    await asked;
    assert.deepEqual(course(log), ["started permit", "in-doubt by call", "asked"]);
    assert.equal(effects.summary(), "pending");
    assert.equal(clock.pending, 0);
    await assert.rejects(effects.perform(request("team-3", "late")), { code: "race-decided" });
  });

  test("R5: what the answer's team staged is performed in its order, each once; what others staged is not", async () => {
    const { log, clock } = await newRun();
    const done: string[] = [];
    const tool = ticketTool({ call: async (_context, title) => (done.push(title), result(`opened ${title}`)) });
    await append(log, "team-1", ...staging(request("team-1", "first", 1)), ...staging(request("team-1", "second", 2)));
    await append(log, "team-2", ...staging(request("team-2", "other", 1)));
    const effects = await process(log, clock, tool);
    assert.equal(effects.summary(), "none");
    await append(log, "run", decision("team-1"));
    const ending = await process(log, clock, tool);
    assert.equal(ending.summary(), "pending");
    await ending.conclude();
    await ending.conclude();
    await (await process(log, clock, tool)).conclude();
    assert.deepEqual(done, ["first", "second"]);
    assert.equal(ending.summary(), "done");
  });

  test("R5: without an answer nothing staged is performed", async () => {
    const { log, clock } = await newRun();
    await append(log, "team-1", ...staging(request()));
    await append(log, "run", decision(null));
    const effects = await process(log, clock, ticketTool({ call: () => Promise.reject(new Error("not called")) }));
    await effects.conclude();
    assert.deepEqual(course(log), []);
    assert.equal(effects.summary(), "none");
  });

  test("R5: the first staged call that is not performed ends the row: the others are skipped", async () => {
    const { log, clock } = await newRun();
    for (const [index, title] of ["first", "bad", "third", "fourth"].entries())
      await append(log, "team-1", ...staging(request("team-1", title, index + 1)));
    await append(log, "run", decision("team-1"));
    const done: string[] = [];
    const tool = ticketTool({
      call: async (_context, title) => {
        if (title === "bad") throw new NotPerformed("It may not be opened.");
        done.push(title);
        return result("opened");
      },
    });
    for (let times = 0; times < 2; times += 1) await (await process(log, clock, tool)).conclude();
    assert.deepEqual(done, ["first"]);
    assert.deepEqual(course(log).slice(-3), ["failed by call", "skipped by call", "skipped by call"]);
    assert.equal((await process(log, clock, tool)).summary(), "failed");
  });

  test("R5: a staged call in doubt leaves the rest pending until a person has decided, after run-finished too", async () => {
    const { log, clock } = await newRun();
    for (const [index, title] of ["first", "second"].entries())
      await append(log, "team-1", ...staging(request("team-1", title, index + 1)));
    await append(log, "run", decision("team-1"));
    const done: string[] = [];
    const tool = ticketTool({
      call: async (_context, title) => {
        if (title === "first") return await lostConnection();
        done.push(title);
        return result("opened");
      },
    });
    const effects = await process(log, clock, tool);
    await effects.conclude();
    assert.equal(effects.summary(), "pending");
    assert.deepEqual(course(log), ["started commit", "in-doubt by call", "asked"]);
    await append(log, "person", answer(openQuestion(log), "done", "ticket 1"));
    const later = await process(log, clock, tool);
    await later.conclude();
    assert.deepEqual(done, ["second"]);
    assert.equal(later.summary(), "done");
  });

  test("a process without the tool does nothing of the call and says where it can be had", async () => {
    const { log, clock } = await newRun();
    await append(log, "team-1", ...staging(request()));
    await append(log, "run", decision("team-1"));
    const effects = await process(log, clock);
    await assert.rejects(effects.conclude(), { code: "tool-unknown", hint: /program/ });
    assert.deepEqual(course(log), []);
  });

  test("a call between its permit and its first byte is not made when the race is decided", async () => {
    const { log, clock } = await newRun();
    let calls = 0;
    const effects = await process(log, clock, ticketTool({ call: async () => result(String((calls += 1))) }));
    const asked = assert.rejects(effects.perform(request()), { code: "effect-failed" });
    effects.decided();
    await asked;
    assert.equal(calls, 0);
    assert.deepEqual(course(log), ["started permit", "failed by call"]);
  });
});
