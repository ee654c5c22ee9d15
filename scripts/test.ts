// `npm test`: the checks, then the tests; with paths, only the tests in them; with --checks, only the checks.
// Ends with the line `N passed, N failed`: tests, and among the failed also checks and files that failed as a whole.
import { parseArgs } from "node:util";
import { availableParallelism } from "node:os";
import { CHECKS, type Check } from "./checks/checks.ts";
import type { FileResult } from "./test-run/run-file.ts";
import { inParallel, runFiles, testFiles } from "./test-run/run-files.ts";

const TIME_LIMIT_MINUTES = 15;
const LONGEST_OUTPUT = 6_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { checks: { type: "boolean" } } });
const begun = performance.now();
const controller = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
const limit = setTimeout(() => controller.abort(), TIME_LIMIT_MINUTES * 60_000);
const count = { passed: 0, failed: 0 };
const results: FileResult[] = [];

if (positionals.length === 0) await inParallel(CHECKS, availableParallelism(), runCheck);
const checked = performance.now();
if (values.checks !== true) {
  const files = testFiles(positionals.length > 0 ? positionals : ["test"]);
  await runFiles(files, controller.signal, tell);
  if (files.length === 0) fail("There is no test.");
}
if (controller.signal.aborted) fail(`Stopped (it may take at most ${TIME_LIMIT_MINUTES} minutes).`);
clearTimeout(limit);
conclude();

async function runCheck(check: Check): Promise<void> {
  if (controller.signal.aborted) return;
  const from = performance.now();
  const { succeeded, output } = await check.run();
  console.log(`${succeeded ? "ok    " : "FAILED"} ${check.name.padEnd(9)} ${seconds(performance.now() - from)}`);
  if (!succeeded) fail(`${indented(output)}\n  → ${check.repair}`);
}

function tell(result: FileResult): void {
  results.push(result);
  const failures = result.results.filter((test) => test.failure !== undefined);
  count.passed += result.results.length - failures.length;
  const told = new Set<string>();
  for (const { name, place, failure = "" } of failures) {
    // One broken hook fails every test of a file in the same words.
    fail(`FAILED ${name}\n  ${place}\n${told.has(failure) ? "  (as above)" : indented(failure)}`);
    told.add(failure);
  }
  for (const problem of result.problems) fail(`FAILED ${result.file}\n  ${problem}`);
  if (failures.length + result.problems.length > 0 && result.output.trim() !== "")
    console.log(`  ${result.file} printed:\n${indented(result.output)}`);
}

function fail(text: string): void {
  count.failed += 1;
  console.log(text);
}

function conclude(): void {
  const slowest = results.toSorted((left, right) => right.milliseconds - left.milliseconds).slice(0, 3);
  if (results.length > 3)
    console.log(`slowest: ${slowest.map(({ file, milliseconds }) => `${file} ${seconds(milliseconds)}`).join(", ")}`);
  const [checks, tests] = [checked - begun, performance.now() - checked];
  console.log(`${seconds(checks + tests)} (checks ${seconds(checks)}, tests ${seconds(tests)})`);
  console.log(`${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed > 0 ? 1 : 0;
}

function indented(text: string): string {
  const all = text.trim();
  const shown = all.length > LONGEST_OUTPUT ? `${all.slice(0, LONGEST_OUTPUT)}\n… (cut)` : all;
  return shown.replace(/^/gm, "  ");
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
