import { describeScenario } from "./describe-scenario.ts";
import type { Simulated } from "./simulate.ts";

/** A simulated run to look at: what its seed stands for, its log, what happened how often, what was broken. */
export function showRun({ world, counts, violations, head }: Simulated): string {
  const begun = world.rows[0]?.time ?? 0;
  const events = world.rows.map(({ seq, time, scope, body }) => `${seq} ${time - begun} ms ${scope} ${body}`);
  const happened = [...counts].toSorted(byName).map(([what, times]) => `${times} × ${what}`);
  const broken = violations.length === 0 ? ["every promise kept"] : violations;
  return [describeScenario(world.scenario), ...events, `head ${head}`, ...happened, ...broken].join("\n");
}

function byName([one]: readonly [string, number], [other]: readonly [string, number]): number {
  return one < other ? -1 : 1;
}
