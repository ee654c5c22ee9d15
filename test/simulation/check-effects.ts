import { uuidOf } from "../../src/base/ids.ts";
import type { LoggedEvent } from "../../src/events/run-event.ts";
import { commitOf, permitOf } from "../../src/run/effects/effect-names.ts";
import type { World } from "./world.ts";

/** Promise R5: k teams act, one commits; what is done outside is done once, and the log knows what became of it. */
export function checkEffects(world: World, events: readonly LoggedEvent[]): void {
  checkPerformed(world);
  checkPermits(world, events);
  checkCommits(world, events);
}

function checkPerformed(world: World): void {
  const { office, witness } = world;
  for (const { key, tool, subject, times } of office.performed.values()) {
    const what = `${tool} of ${subject}`;
    if (times !== 1) world.notes.violate("R5", `${what} is performed ${times} times.`);
    const state = witness.effects.get(key)?.state;
    if (state === undefined) world.notes.violate("R5", `${what} is performed, and the log has nothing of it.`);
    if (state === "failed" || state === "skipped")
      world.notes.violate("R5", `${what} is performed, and is ${state} in the log.`);
    world.notes.count("R5: calls performed once");
  }
  for (const { key, state } of witness.effects.values()) {
    if (state === "performed" && !office.performed.has(key))
      world.notes.violate("R5", `The log has ${key} as performed.`);
    const isOver = witness.finished && witness.openQuestions.size === 0;
    if (isOver && (state === "under-way" || state === "in-doubt"))
      world.notes.violate("R5", `${key} is left ${state}, and nobody is asked.`);
  }
}

/** Equal calls that must act are one, whoever asks; every team that asked has its one result. */
function checkPermits(world: World, events: readonly LoggedEvent[]): void {
  const { office, notes } = world;
  const asked = askedPermits(world, events);
  notes.count("R5: permits shared", asked.size - new Set(asked.values()).size);
  for (const event of events) {
    const key = event.type === "step-finished" ? asked.get(event.key) : undefined;
    if (key === undefined || event.type !== "step-finished" || event.status !== "succeeded") continue;
    const found = office.performed.get(key)?.text ?? "nothing";
    if (event.result?.text !== found)
      notes.violate("R5", `${event.key} is told "${event.result?.text}", and ${found} was done.`);
  }
  const names = [...office.performed.values()].filter(({ tool }) => tool.startsWith("order-")).map(nameOf);
  if (new Set(names).size < names.length) notes.violate("R5", `Of ${names.join(", ")} some are the same.`);
}

/** The idempotency keys of the calls that had to act, by their steps. */
function askedPermits({ runId }: World, events: readonly LoggedEvent[]): ReadonlyMap<string, string> {
  const asked = new Map<string, string>();
  for (const event of events) {
    if (event.type !== "step-started" || event.step.kind !== "tool" || !event.step.tool.startsWith("order-")) continue;
    asked.set(event.key, uuidOf(runId, permitOf(event.step.tool, event.step.arguments)));
  }
  return asked;
}

function nameOf({ tool, subject }: { readonly tool: string; readonly subject: string }): string {
  return `${tool} of ${subject}`;
}

/** Of the staged calls: the first ones of the answer's team, in the order in which it asked, and no others. */
function checkCommits(world: World, events: readonly LoggedEvent[]): void {
  const { office, witness, runId } = world;
  const basis = witness.decided?.winner ?? undefined;
  const staged = stagedCalls(events).map(({ team, key }) => ({ team, key: uuidOf(runId, commitOf(key)) }));
  for (const { team, key } of staged) {
    if (team === basis) continue;
    if (office.performed.has(key) || witness.effects.has(key))
      world.notes.violate(
        "R5",
        `A call that ${team} staged is performed, and the answer rests on ${basis ?? "nobody"}.`,
      );
    else world.notes.count("R5: staged calls of losers left alone");
  }
  const own = staged.filter(({ team }) => team === basis).map(({ key }) => key);
  const states = own.map((key) => witness.effects.get(key)?.state);
  const done = states.findIndex((state) => state !== "performed");
  const rest = done === -1 ? [] : states.slice(done + 1);
  if (rest.some((state) => state === "performed"))
    world.notes.violate("R5", `Staged calls are performed behind one that was not: ${states.join(", ")}.`);
  const order = office.order.filter((key) => own.includes(key));
  if (order.some((key, index) => key !== own.filter((each) => order.includes(each))[index]))
    world.notes.violate("R5", "Staged calls are performed in another order than they were asked for.");
  if (witness.finished && witness.openQuestions.size === 0 && states.includes(undefined))
    world.notes.violate(
      "R5",
      `Staged calls of ${basis} are forgotten: ${states.map((state) => state ?? "-").join(", ")}.`,
    );
  world.notes.count("R5: staged calls of the answer's team", own.length);
}

/** In the order in which they were asked for. */
function stagedCalls(events: readonly LoggedEvent[]): readonly { readonly team: string; readonly key: string }[] {
  const staged = new Set(
    events.flatMap((event) => (event.type === "step-finished" && event.staged ? [event.key] : [])),
  );
  return events.flatMap((event) =>
    event.type === "step-started" && staged.has(event.key) ? [{ team: event.scope, key: event.key }] : [],
  );
}
