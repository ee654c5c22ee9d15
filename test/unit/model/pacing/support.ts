import { sleep } from "../../../../src/base/clock.ts";
import type { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { announcedLimits } from "../../../../src/model/pacing/limit-headers.ts";
import type { OwnLimits } from "../../../../src/model/pacing/own-limits.ts";
import type { PaceBoard } from "../../../../src/model/pacing/pace-board.ts";
import { Pacer } from "../../../../src/model/pacing/pacer.ts";
import type { PaceRequest } from "../../../../src/model/pacing/place.ts";
import type { LimitedProvider } from "../../../fixtures/limited-provider/limited-provider.ts";

const ACCOUNT = { key: "account", provider: "test" };

/** A request of a team, of 100 tokens in and 100 out unless said. */
export function asking(team: string, more: Partial<PaceRequest> = {}): PaceRequest {
  const signal = new AbortController().signal;
  return { account: ACCOUNT, team, inputTokens: 100, outputTokens: 100, again: false, signal, ...more };
}

/** A pacer for a run, with a person's own limits of the test's provider. */
export function pacerOn(board: PaceBoard, clock: VirtualClock, own: OwnLimits = {}): Pacer {
  return new Pacer({ board, clock, limits: { test: own } });
}

export interface Load {
  readonly clock: VirtualClock;
  readonly boards: readonly PaceBoard[];
  readonly provider: LimitedProvider;
  readonly teams: number;
  readonly minutes: number;
  /** A call's first token comes after up to so long, its last after twice that. */
  readonly firstTokenMs: number;
  readonly chance: () => number;
}

/** Runs that call as fast as they may, each on a board; gives the calls done by each team. */
export async function playLoad(load: Load): Promise<readonly number[]> {
  const { clock, boards, teams, minutes } = load;
  const until = clock.now() + minutes * 60_000;
  const pacers = boards.map((board) => new Pacer({ board, clock }));
  const working = pacers.flatMap((pacer, run) =>
    Array.from({ length: teams }, (_, team) => callOn(pacer, `run-${run}-${team}`, until, load)),
  );
  const done = Promise.all(working);
  const over = new AbortController();
  void done.finally(() => over.abort());
  while (!over.signal.aborted && (await clock.next()));
  for (const pacer of pacers) pacer[Symbol.dispose]();
  return await done;
}

/** One team that calls until the end; gives the calls that were answered. */
async function callOn(pacer: Pacer, team: string, until: number, load: Load): Promise<number> {
  const { clock, provider, firstTokenMs, chance } = load;
  const ended = new AbortController();
  const stop = clock.timer(until - clock.now(), () => ended.abort(new Error("the load's end")));
  let done = 0;
  let again = false;
  try {
    while (clock.now() < until) {
      const place = await pacer.enter(asking(team, { again, signal: ended.signal }));
      await sleep(clock, 5 + 20 * chance());
      const { isTaken, headers, retryAfterMs, cause } = provider.ask(200, team);
      again = !isTaken;
      if (again) {
        const announced = announcedLimits(headers, clock.now());
        place.refuse({ cause, retryAfterMs, announced, words: "refused" });
        continue;
      }
      await sleep(clock, firstTokenMs * chance());
      place.connected(headers);
      await sleep(clock, firstTokenMs * chance());
      provider.done();
      place.leave({ inputTokens: 100, outputTokens: 100 });
      done += 1;
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
  stop();
  return done;
}

/** The same numbers each time. */
export function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
