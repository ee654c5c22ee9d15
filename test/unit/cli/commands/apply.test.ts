import assert from "node:assert/strict";
import path from "node:path";
import { suite, test } from "node:test";
import { main } from "../../../../src/cli/main.ts";
import { ApplyBench, git, write } from "../../run/apply/apply-bench.ts";

async function m1p(bench: ApplyBench, ...args: string[]) {
  const printed = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof printed) => ({ write: (text: string) => void (printed[name] += text) });
  const exitCode = await main(args, {
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    color: false,
    columns: undefined,
    environment: { PATH: process.env["PATH"], HOME: "/nonexistent", M1P_DATA_DIR: bench.dataDir },
    directory: bench.outside,
  });
  return { exitCode, ...printed };
}

suite("m1p show --diff and m1p apply", () => {
  test("what a team did is shown as a patch that git applies, and brought into the folder", async () => {
    await using bench = new ApplyBench({ "a.txt": "one\ntwo\n", "b.txt": "b\n" });
    await bench.run((root) => write(root, { "a.txt": "one\nTWO\n", "b.txt": null, ".git/config": "evil" }));
    const shown = await m1p(bench, "show", "last", "--diff", "--team", "team-1");
    assert.equal(shown.exitCode, 0);
    assert.match(shown.stdout, /^diff --git a\/a\.txt b\/a\.txt\n--- a\/a\.txt\n\+\+\+ b\/a\.txt\n/);
    assert.equal(shown.stderr, "team-1: 2 files changed, and 1 of git's own, which are not shown\n");
    const all = await m1p(bench, "show", "last", "--diff");
    assert.match(all.stdout, /^# team-1\ndiff /);
    assert.match(all.stderr, /team-2 had no folder\./);
    const json = (await m1p(bench, "show", "last", "--diff", "--json")).stdout.trim().split("\n");
    assert.deepEqual(
      json.map((line) => (JSON.parse(line) as { path: string; change: string }).change),
      ["changed", "removed"],
    );
    const applied = await m1p(bench, "apply", "last");
    assert.deepEqual(applied, {
      exitCode: 0,
      stdout: [
        `${bench.folder} now has what team-1 did:`,
        "  removed  b.txt",
        "  changed  a.txt",
        "Not applied: 1 of git's own files (team-1's commits, settings or hooks).",
        "",
      ].join("\n"),
      stderr: "",
    });
    assert.match(
      (await m1p(bench, "apply", "last")).stdout,
      /^There is nothing to apply: .* has all that team-1 did\.\n/,
    );
  });

  test("conflicts end with exit code 7, unsaved work and wrong use with 2", async () => {
    await using bench = new ApplyBench({ "a.txt": "one\n" });
    await bench.run((root) => write(root, { "a.txt": "team\n" }));
    write(bench.folder, { "a.txt": "person\n" });
    const refused = await m1p(bench, "apply", "last");
    assert.equal(refused.exitCode, 2);
    assert.match(
      refused.stderr,
      /^m1p: Nothing was applied: .*\n {2}a\.txt\n {2}Commit or stash them, and apply again\.\n$/,
    );
    git(bench.folder, "commit", "-qam", "mine");
    const conflicted = await m1p(bench, "apply", "last", "--json");
    assert.equal(conflicted.exitCode, 7);
    assert.equal((JSON.parse(conflicted.stdout) as { conflicts: unknown[] }).conflicts.length, 1);
    assert.deepEqual(bench.status(), ["UU a.txt"]);
    assert.equal((await m1p(bench, "apply", "nothing-like-it")).exitCode, 2);
    assert.equal((await m1p(bench, "apply", "last", "--team", "team-2")).exitCode, 2);
    assert.equal((await m1p(bench, "show", "last", "--diff", "--full")).exitCode, 2);
  });

  test("a run that started from no folder is applied to one that is named", async () => {
    await using bench = new ApplyBench({}, { git: false });
    await bench.run((root) => write(root, { "made.txt": "made\n" }), { workdir: false });
    const asked = await m1p(bench, "apply", "last");
    assert.equal(asked.exitCode, 2);
    assert.match(asked.stderr, /started from no folder.*\n.*--to DIR/);
    const { exitCode, stdout } = await m1p(bench, "apply", "last", "--to", "here");
    assert.equal(exitCode, 0);
    assert.match(stdout, new RegExp(`^${path.join(bench.outside, "here")} now has`));
  });
});
