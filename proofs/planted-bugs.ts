import type { Proof } from "../scripts/proof/proof.ts";
import { assertApplies, findBug, plantedBugs } from "../test/simulation/planted-bugs.ts";

const MOST_SEEDS = 2_000;

/** Each planted bug in a copy of the sources, and after how many seeds the simulation finds it. */
const proof: Proof = async (context) => {
  const rows: (string | number)[][] = [];
  let found = 0;
  for (const bug of plantedBugs()) {
    await assertApplies(bug);
    const { first, seed, violation } = await findBug(bug, MOST_SEEDS, context.signal);
    if (seed !== undefined) found += 1;
    rows.push([bug.name, bug.breaks, bug.promise, first ?? "never", seed ?? "never", violation ?? ""]);
    context.say(`${bug.name}: ${seed === undefined ? "NOT FOUND" : `found by seed ${seed}`}`);
  }
  return {
    title: "Planted bugs",
    summary:
      `Each of ${rows.length} patches of the sources (test/simulation/planted) is applied to a copy of them, and the simulation played from seed 1 on, at most ${MOST_SEEDS} seeds, until the check of the named promise fails. ` +
      `Found: ${found} of ${rows.length}. Some of them are bugs that the simulation found in the engine before they were planted again.`,
    holds: found === rows.length,
    tables: [
      {
        heading: "Found",
        columns: [
          "bug",
          "what it breaks",
          "promise",
          "first seed that breaks anything",
          "first that breaks this",
          "how it shows",
        ],
        rows,
      },
    ],
  };
};
export default proof;
