// Plays seeds until one breaks the promise that is named, and tells which, as a line of JSON. For planted bugs.
import { simulate } from "./simulate.ts";

const [promise = "", mostSeeds = "2000"] = process.argv.slice(2);
let first: number | undefined;
let found: { readonly seed: number; readonly violation: string } | undefined;
for (let seed = 1; seed <= Number(mostSeeds) && !found; seed += 1) {
  const { violations } = await simulate(seed);
  if (violations.length > 0) first ??= seed;
  const violation = violations.find((each) => each.startsWith(`${promise}: `));
  if (violation !== undefined) found = { seed, violation };
}
console.log(JSON.stringify({ first, ...found }));
