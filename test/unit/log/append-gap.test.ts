import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import type { RunEvent } from "../../../src/events/run-event.ts";
import { MortalProcess, SimulatedDisk } from "../../../src/testing/index.ts";

const event: RunEvent = { type: "cancel-requested", reason: "test" };

test("L1: what stands behind an append that failed fails as well; what comes later, and what others append, does not", async () => {
  let writes = 0;
  const disk = new SimulatedDisk({ runId: "run" });
  const process = new MortalProcess(new VirtualClock());
  const log = disk.open({ process, fault: () => ((writes += 1) === 2 ? "refused" : undefined) });
  const [one, other] = await Promise.all([log.acquire("team-1"), log.acquire("team-2")]);
  // More than a commit takes at once, so that the others are of the next one.
  const large = one.append(Array.from({ length: 70 }, () => event));
  const results = await Promise.allSettled([large, one.append([event]), other.append([event])]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["rejected", "rejected", "fulfilled"],
  );
  await one.append([event]);
  assert.deepEqual(
    [...log.read()].map(({ scope }) => scope),
    ["team-2", "team-1"],
  );
});
