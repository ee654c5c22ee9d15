import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { emptyHead, linkHash, verifyChain, type StoredEvent } from "../../../src/log/chain.ts";

const RUN = "run-1";

const chains = fc
  .array(fc.record({ time: fc.double({ noNaN: true }), scope: fc.string(), body: fc.string({ unit: "binary" }) }), {
    minLength: 2,
    maxLength: 8,
  })
  .map((events) => chainOf(RUN, events));

test("L3: an untouched chain is intact, and its head stands for all of it", () => {
  fc.assert(
    fc.property(chains, (chain) => {
      const last = chain.at(-1);
      assert.deepEqual(verifyChain(RUN, chain), { intact: true, head: { seq: last?.seq, hash: last?.hash } });
    }),
  );
  assert.deepEqual(verifyChain(RUN, []), { intact: true, head: emptyHead(RUN) });
});

test("L3: an edit of any part of any event is found at that event", () => {
  const edits: Record<string, (event: StoredEvent) => StoredEvent> = {
    body: (event) => ({ ...event, body: `${event.body} ` }),
    scope: (event) => ({ ...event, scope: `${event.scope}x` }),
    time: (event) => ({ ...event, time: event.time === 1 ? 2 : 1 }),
    hash: (event) => ({ ...event, hash: event.hash.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) }),
  };
  fc.assert(
    fc.property(chains, fc.nat(), fc.constantFrom(...Object.values(edits)), (chain, pick, edit) => {
      const index = pick % chain.length;
      const verdict = verifyChain(
        RUN,
        chain.map((event, at) => (at === index ? edit(event) : event)),
      );
      assert.equal(verdict.intact, false);
      assert.equal(verdict.seq, index + 1);
    }),
  );
});

test("L3: a dropped event and a swapped pair are found", () => {
  fc.assert(
    fc.property(chains, fc.nat(), (chain, pick) => {
      const index = pick % (chain.length - 1);
      const dropped = verifyChain(RUN, chain.toSpliced(index, 1));
      assert.deepEqual(dropped, { intact: false, seq: index + 1, problem: `event ${index + 1} is missing` });
      const [one, other] = [chain[index], chain[index + 1]] as [StoredEvent, StoredEvent];
      // Renumbered, so that only the hashes can tell.
      const swapped = chain.toSpliced(index, 2, { ...other, seq: one.seq }, { ...one, seq: other.seq });
      assert.equal(verifyChain(RUN, swapped).intact, false);
    }),
  );
});

test("L3: a cut at the end leaves a chain whose head is not the one kept elsewhere", () => {
  const chain = chainOf(RUN, [event("a"), event("b"), event("c")]);
  const whole = verifyChain(RUN, chain);
  const cut = verifyChain(RUN, chain.slice(0, 2));
  assert.ok(whole.intact && cut.intact);
  assert.notDeepEqual(cut.head, whole.head);
});

test("L3: events cannot be moved to another run", () => {
  const verdict = verifyChain("run-2", chainOf(RUN, [event("a")]));
  assert.deepEqual(verdict, { intact: false, seq: 1, problem: "event 1 does not match its hash" });
});

function event(body: string) {
  return { time: 1, scope: "run", body };
}

function chainOf(runId: string, events: readonly Omit<StoredEvent, "seq" | "hash">[]): StoredEvent[] {
  let head = emptyHead(runId);
  return events.map((given) => {
    const placed = { ...given, seq: head.seq + 1 };
    head = { seq: placed.seq, hash: linkHash(head.hash, placed) };
    return { ...placed, hash: head.hash };
  });
}
