import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { MemoryPaceBoard, processPaceBoard } from "../../../../src/model/pacing/memory-pace-board.ts";
import { RateLimited } from "../../../../src/model/pacing/rate-limited.ts";
import type { Place } from "../../../../src/model/pacing/place.ts";
import { asking, pacerOn } from "./support.ts";

const WALL = { cause: "requests", announced: undefined, words: "slow down" } as const;

/** Lets what is ready happen. */
const settle = (clock: VirtualClock) => clock.advance(0);

test("capacity is dealt out by team, in turn: a team with many calls at once takes nobody's turn", async () => {
  const clock = new VirtualClock();
  const pacer = pacerOn(new MemoryPaceBoard(), clock, { concurrency: 1 });
  const first = await pacer.enter(asking("greedy"));
  const order: string[] = [];
  const call = async (team: string) => {
    const place = await pacer.enter(asking(team));
    order.push(team);
    place.leave();
  };
  const calls = [...Array.from({ length: 6 }, () => call("greedy")), call("modest"), call("shy"), call("modest")];
  await settle(clock);
  first.leave();
  await Promise.all(calls);
  assert.deepEqual(order.slice(0, 5), ["greedy", "modest", "shy", "greedy", "modest"]);
  assert.equal(clock.pending, 0);
});

test("the same over several runs: places of one board go round by team, whichever run it is of", async () => {
  const clock = new VirtualClock();
  const board = new MemoryPaceBoard();
  const [one, other] = [pacerOn(board, clock, { concurrency: 1 }), pacerOn(board, clock, { concurrency: 1 })];
  const first = await one.enter(asking("a"));
  const order: string[] = [];
  const call = async (pacer: typeof one, team: string) => {
    const place = await pacer.enter(asking(team));
    order.push(team);
    place.leave();
  };
  const calls = [call(one, "a"), call(one, "a"), call(other, "b"), call(one, "c"), call(other, "b")];
  await settle(clock);
  first.leave();
  while (order.length < calls.length) await clock.advance(50);
  await Promise.all(calls);
  assert.deepEqual(order.slice(0, 3).sort(), ["a", "b", "c"]);
});

test("R3: a call that is aborted while it waits leaves at once, and leaves its turn to others", async () => {
  const clock = new VirtualClock();
  const pacer = pacerOn(new MemoryPaceBoard(), clock, { concurrency: 1 });
  const place = await pacer.enter(asking("a"));
  const gone = new AbortController();
  const aborted = pacer.enter(asking("b", { signal: gone.signal }));
  const next = pacer.enter(asking("c"));
  const reason = new Error("another team won");
  gone.abort(reason);
  await assert.rejects(aborted, (error) => error === reason);
  assert.equal(getEventListeners(gone.signal, "abort").length, 0, "no listener is left");
  place.leave();
  (await next).leave();
  assert.equal(clock.pending, 0, "no timer is left");
});

test("a provider's Retry-After holds for all teams and runs, and who waits is told how long", async () => {
  const clock = new VirtualClock();
  const board = new MemoryPaceBoard();
  const [one, other] = [pacerOn(board, clock), pacerOn(board, clock)];
  (await one.enter(asking("a"))).refuse({ ...WALL, retryAfterMs: 12_000 });
  const told: number[] = [];
  const came: string[] = [];
  const again = one.enter(asking("a", { again: true })).then(() => came.push("a"));
  const others = other.enter(asking("b", { onWait: (waitMs) => told.push(waitMs) })).then(() => came.push("b"));
  await clock.advance(11_900);
  assert.deepEqual(came, []);
  assert.ok(told.length === 1 && told[0] !== undefined && told[0] >= 12_000, String(told));
  await clock.advance(60_000);
  await Promise.all([again, others]);
  assert.deepEqual(came, ["a", "b"]);
});

test("a provider that asks for hours gets a clear verdict, for all who wait and all who come", async () => {
  const clock = new VirtualClock();
  const pacer = pacerOn(new MemoryPaceBoard(), clock, { concurrency: 1 });
  const place = await pacer.enter(asking("a"));
  const waiting = pacer.enter(asking("b"));
  place.refuse({ ...WALL, retryAfterMs: 2 * 3_600_000 + 300_000 });
  const isVerdict = (error: unknown) => {
    assert.ok(error instanceof RateLimited);
    assert.equal(error.code, "model-rate-limited");
    assert.match(error.message, /no further call for 2 h 6 min \(slow down\)/);
    assert.match(error.hint ?? "", /another model/);
    return true;
  };
  await assert.rejects(waiting, isVerdict);
  await assert.rejects(pacer.enter(asking("c")), isVerdict);
  assert.equal(clock.pending, 0);
});

test("a run that is over has no part in anything any more", async () => {
  const clock = new VirtualClock();
  const board = new MemoryPaceBoard();
  const [over, goesOn] = [pacerOn(board, clock, { concurrency: 1 }), pacerOn(board, clock, { concurrency: 1 })];
  const last = await over.enter(asking("a"));
  const next = goesOn.enter(asking("b"));
  over[Symbol.dispose]();
  await clock.advance(200);
  (await next).leave();
  last.leave();
  assert.equal(clock.pending, 0, "its last call's end sets no timer");
});

test("runs without a data directory share what their process knows; another clock is another world", () => {
  const [clock, other] = [new VirtualClock(), new VirtualClock()];
  assert.equal(processPaceBoard(clock), processPaceBoard(clock));
  assert.notEqual(processPaceBoard(clock), processPaceBoard(other));
});

/** What happens to one call after another. */
const happening = fc.record({
  team: fc.nat(3),
  pacer: fc.nat(1),
  afterMs: fc.integer({ min: 0, max: 4000 }),
  lastsMs: fc.integer({ min: 0, max: 8000 }),
  end: fc.constantFrom("leaves", "leaves", "leaves", "is refused", "is aborted"),
  abortedAfterMs: fc.integer({ min: 0, max: 10_000 }),
});

test("whatever is refused or aborted in whatever order: never above the person's own limits, and every call gets its turn", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (happenings, requestsPerMinute, concurrency) => {
        const clock = new VirtualClock();
        const board = new MemoryPaceBoard();
        const own = { requestsPerMinute, concurrency };
        const pacers = [pacerOn(board, clock, own), pacerOn(board, clock, own)];
        const let_in: number[] = [];
        let underWay = 0;
        let most = 0;
        let ended = 0;
        const live = async ({ team, pacer, afterMs, lastsMs, end, abortedAfterMs }: (typeof happenings)[number]) => {
          await new Promise<void>((resolve) => void clock.timer(afterMs, resolve));
          const gone = new AbortController();
          if (end === "is aborted") clock.timer(abortedAfterMs, () => gone.abort(new Error("aborted")));
          let place: Place | undefined;
          try {
            place = await pacers[pacer]?.enter(asking(`team-${team}`, { signal: gone.signal }));
            let_in.push(clock.now());
            most = Math.max(most, ++underWay);
            await new Promise<void>((resolve) => void clock.timer(lastsMs, resolve));
            underWay -= 1;
            if (end === "is refused") place?.refuse({ ...WALL, retryAfterMs: lastsMs });
            else place?.leave({ inputTokens: 90, outputTokens: 50 });
          } catch (error) {
            if (!gone.signal.aborted) throw error;
          }
          ended += 1;
        };
        const all = Promise.all(happenings.map(live));
        for (let turns = 0; ended < happenings.length; turns += 1) {
          assert.ok(turns < 100_000 && (await clock.next()), `${happenings.length - ended} calls never end`);
        }
        await all;
        assert.ok(most <= concurrency, `${most} at once`);
        for (const [index, at] of let_in.entries()) {
          const within = let_in.slice(0, index + 1).filter((each) => each > at - 60_000).length;
          assert.ok(within <= requestsPerMinute, `${within} in a minute`);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("tokens that others used up stop nobody for hours: of a limit at which nothing was taken, nothing is learned", async () => {
  const clock = new VirtualClock();
  const pacer = pacerOn(new MemoryPaceBoard(), clock);
  const first = await pacer.enter(asking("team-1", { inputTokens: 5_000 }));
  first.refuse({ cause: "tokens", retryAfterMs: 2_000, announced: undefined, words: "refused" });
  let gone = 0;
  const calls = Array.from({ length: 3 }, async () => {
    const place = await pacer.enter(asking("team-1", { inputTokens: 5_000 }));
    place.connected({});
    place.leave({ inputTokens: 5_000, outputTokens: 100 });
    gone += 1;
  });
  await clock.advance(10_000);
  assert.equal(gone, 3);
  await Promise.all(calls);
});

test("a rate that was learned from hardly anything lets a call go a minute all the same", async () => {
  const clock = new VirtualClock();
  const pacer = pacerOn(new MemoryPaceBoard(), clock);
  (await pacer.enter(asking("team-1", { inputTokens: 10, outputTokens: 10 }))).leave();
  const second = await pacer.enter(asking("team-1", { inputTokens: 10, outputTokens: 10 }));
  await clock.advance(50_000);
  second.refuse({ cause: "tokens", retryAfterMs: undefined, announced: undefined, words: "refused" });
  let gone = 0;
  const enter = () =>
    pacer.enter(asking("team-1", { inputTokens: 5_000 })).then((place) => ((gone += 1), place.leave()));
  const calls = [enter(), enter(), enter()];
  await clock.advance(190_000);
  assert.equal(gone, 3);
  await Promise.all(calls);
});
