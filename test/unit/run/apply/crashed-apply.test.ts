import assert from "node:assert/strict";
import fs, { mkdirSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { contentsOf } from "../../tools/workspace/folders.ts";
import { ApplyBench, write } from "./apply-bench.ts";

const LINES = ["one", "two", "three", "four", "five", "six", "seven", "eight", ""].join("\n");
const FIXTURE = path.join(import.meta.dirname, "../../../fixtures/killed-apply.ts");

/** A folder in which all kinds of changes, merges and conflicts meet. */
async function prepared(git: boolean): Promise<ApplyBench> {
  const bench = new ApplyBench(
    {
      "a.txt": LINES,
      "conflict.txt": LINES,
      "gone.txt": "x",
      "script.sh": "#!/bin/sh\n",
      place: "a file",
      "old/x": "x",
    },
    { git },
  );
  await bench.run((root) => {
    write(root, {
      "a.txt": LINES.replace("two", "TWO"),
      "conflict.txt": LINES.replace("two", "team"),
      "gone.txt": null,
      "new/file.txt": "new",
      "script.sh": { text: "#!/bin/sh\n", mode: 0o755 },
      place: null,
      link: { link: "a.txt" },
      old: null,
    });
    write(root, { "place/inner": "a folder now" });
    mkdirSync(path.join(root, "empty"));
  });
  write(bench.folder, { "a.txt": LINES.replace("seven", "SEVEN"), "conflict.txt": LINES.replace("two", "person") });
  if (git) bench.commit("meanwhile");
  return bench;
}

function stateOf(bench: ApplyBench, git: boolean): unknown {
  const files = contentsOf(bench.folder).filter((line) => !line.startsWith("/.git"));
  return { files, status: git ? bench.status() : [] };
}

for (const git of [true, false]) {
  suite(`an apply that is cut off, ${git ? "in a repository" : "without one"}`, () => {
    test(
      "is finished by the next one, wherever it was cut off, and nothing is lost",
      { timeout: 120_000 },
      async (t) => {
        await using whole = await prepared(git);
        await whole.apply();
        const wanted = stateOf(whole, git);
        let cuts = 0;
        for (let survived = 0; ; survived += survived < 4 ? 1 : 2) {
          await using bench = await prepared(git);
          const before = stateOf(bench, git);
          const error = await dyingAfter(t, survived, () => bench.apply());
          if (!error) break;
          cuts += 1;
          const begun = fs.existsSync(journalOf(bench));
          if (survived === 0)
            assert.deepEqual(stateOf(bench, git), before, "nothing is touched before it is written down");
          const { conflicts, finishedEarlier } = await bench
            .apply()
            .catch((failure: { readonly code?: string; readonly message?: string }) => {
              // All was done but clearing away: then the conflict is the person's to settle.
              assert.ok(!begun && survived > 0, failure.message);
              assert.equal(failure.code, "merge-unfinished");
              return { conflicts: [undefined], finishedEarlier: false };
            });
          assert.equal(finishedEarlier, begun);
          assert.equal(conflicts.length, 1);
          assert.deepEqual(stateOf(bench, git), wanted, `cut off after ${survived}`);
        }
        assert.ok(cuts > 8, `${cuts} places`);
      },
    );

    for (const survived of [4, 8]) {
      test(`killed for real after ${survived} changes, it is finished by the next one`, async () => {
        await using whole = await prepared(git);
        await whole.apply();
        await using bench = await prepared(git);
        const { signal } = spawnSync(process.execPath, [FIXTURE, bench.dataDir, String(survived)], {
          encoding: "utf8",
        });
        assert.equal(signal, "SIGKILL");
        assert.ok(fs.existsSync(journalOf(bench)));
        const { finishedEarlier } = await bench.apply();
        assert.ok(finishedEarlier);
        assert.deepEqual(stateOf(bench, git), stateOf(whole, git));
      });
    }

    test("what the person changed after the cut is left alone, and told", async (t) => {
      await using bench = await prepared(git);
      await dyingAfter(t, 2, () => bench.apply());
      assert.ok(fs.existsSync(journalOf(bench)));
      write(bench.folder, { "a.txt": "changed after the cut" });
      const { changedMeanwhile } = await bench.apply();
      assert.deepEqual(changedMeanwhile, ["a.txt"]);
      assert.equal(bench.read("a.txt"), "changed after the cut");
      assert.equal(bench.read("new/file.txt"), "new");
    });
  });
}

function journalOf(bench: ApplyBench): string {
  const place = path.join(bench.runDirectory, "applying");
  const folders = fs.existsSync(place) ? fs.readdirSync(place).filter((name) => !name.includes(".")) : [];
  return path.join(place, folders[0] ?? "none", "journal.json");
}

/** Does `work`, in which the system refuses every change of names after so many. Gives the error it ended with. */
async function dyingAfter(t: TestContext, survived: number, work: () => Promise<unknown>): Promise<unknown> {
  let left = survived;
  const { renameSync, unlinkSync, rmdirSync, mkdirSync, chmodSync } = fs;
  const mocked = { renameSync, unlinkSync, rmdirSync, mkdirSync, chmodSync };
  let counting = false;
  for (const [name, original] of Object.entries(mocked)) {
    t.mock.method(fs, name as keyof typeof mocked, (...args: unknown[]) => {
      const place = String(args[1] ?? args[0]);
      if (name === "renameSync" && place.endsWith("journal.json")) counting = true;
      if (counting && !place.endsWith(".holder")) {
        left -= 1;
        if (left < 0) throw Object.assign(new Error(`killed before ${name}`), { code: "EKILLED" });
      }
      // What comes after is clearing away, many files of it.
      if (name === "unlinkSync" && place.endsWith("journal.json")) counting = false;
      return (original as (...args: unknown[]) => unknown)(...args);
    });
  }
  syncBuiltinESMExports();
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
}
