import assert from "node:assert/strict";
import fs, { existsSync, mkdirSync, readlinkSync, statSync, symlinkSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { ApplyBench, git, write } from "./apply-bench.ts";

const LINES = ["one", "two", "three", "four", "five", "six", "seven", "eight", ""].join("\n");
const changed = (line: string, to: string) => LINES.replace(`${line}\n`, `${to}\n`);
const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof UsageError, String(error));
  assert.equal(error.code, expected);
  return true;
};

suite("apply into a git repository", () => {
  test("what the winner did is there: changed, added, removed, executable, linked, moved; nothing else is touched", async () => {
    await using bench = new ApplyBench({
      "changed.txt": LINES,
      "removed.txt": "gone soon",
      "script.sh": "#!/bin/sh\n",
      "to-link": "a file",
      "same.txt": "same",
      "old/place.txt": LINES,
    });
    await bench.run((root) => {
      write(root, {
        "changed.txt": changed("two", "TWO"),
        "new/deep/file.txt": "new",
        "removed.txt": null,
        "script.sh": { text: "#!/bin/sh\n", mode: 0o755 },
        "to-link": { link: "same.txt" },
        "old/place.txt": null,
        "new/place.txt": LINES,
        binary: Buffer.from([0, 1, 2, 255]),
      });
      mkdirSync(path.join(root, "empty/inner"), { recursive: true });
      fs.rmdirSync(path.join(root, "old"));
    });
    const same = statSync(path.join(bench.folder, "same.txt")).ino;
    const result = await bench.apply();
    assert.deepEqual(result.conflicts, []);
    assert.equal(bench.read("changed.txt"), changed("two", "TWO"));
    assert.equal(bench.read("new/deep/file.txt"), "new");
    assert.equal(bench.read("new/place.txt"), LINES);
    assert.deepEqual(fs.readFileSync(path.join(bench.folder, "binary")), Buffer.from([0, 1, 2, 255]));
    assert.equal(readlinkSync(path.join(bench.folder, "to-link")), "same.txt");
    assert.equal(statSync(path.join(bench.folder, "script.sh")).mode & 0o111, 0o111);
    assert.ok(!existsSync(path.join(bench.folder, "removed.txt")) && !existsSync(path.join(bench.folder, "old")));
    assert.ok(statSync(path.join(bench.folder, "empty/inner")).isDirectory());
    assert.equal(statSync(path.join(bench.folder, "same.txt")).ino, same);
    const shown = result.changes.map(({ path, change }) => `${change} ${path}`).sort();
    assert.deepEqual(shown, [
      "added binary",
      "added new/deep/file.txt",
      "added new/place.txt",
      "changed changed.txt",
      "changed script.sh",
      "changed to-link",
      "removed old/place.txt",
      "removed removed.txt",
    ]);
    const again = await bench.apply();
    assert.deepEqual([again.changes, again.conflicts], [[], []], "applied again, nothing is left to do");
  });

  test("committed changes since the run began are merged, lines and files and renames", async () => {
    await using bench = new ApplyBench({ "a.txt": LINES, "moved.txt": LINES, "mine.txt": "x" });
    await bench.run((root) => write(root, { "a.txt": changed("two", "TWO"), "moved.txt": changed("six", "SIX") }));
    write(bench.folder, {
      "a.txt": changed("seven", "SEVEN"),
      "moved.txt": null,
      "elsewhere.txt": LINES,
      "mine.txt": "y",
    });
    bench.commit("meanwhile");
    const result = await bench.apply();
    assert.deepEqual(result.conflicts, []);
    assert.equal(bench.read("a.txt"), changed("two", "TWO").replace("seven", "SEVEN"));
    assert.equal(bench.read("elsewhere.txt"), changed("six", "SIX"));
    assert.deepEqual(bench.status(), [" M a.txt", " M elsewhere.txt"]);
  });

  test("a dirty start is no unsaved work, as long as it is what the run started from", async () => {
    await using bench = new ApplyBench({ "a.txt": LINES });
    write(bench.folder, { "a.txt": changed("one", "dirty"), "untracked.txt": LINES });
    await bench.run((root) => {
      write(root, { "a.txt": changed("one", "dirty").replace("two", "TWO"), "untracked.txt": changed("six", "SIX") });
    });
    const { conflicts } = await bench.apply();
    assert.deepEqual(conflicts, []);
    assert.equal(bench.read("a.txt"), changed("one", "dirty").replace("two", "TWO"));
    assert.equal(bench.read("untracked.txt"), changed("six", "SIX"));
  });
});

suite("unsaved work in a git repository", () => {
  for (const [what, unsave, named] of [
    ["changed", (folder: string) => write(folder, { "a.txt": changed("eight", "unsaved") }), "a.txt"],
    [
      "changed and staged",
      (folder: string) => {
        write(folder, { "a.txt": changed("eight", "unsaved") });
        git(folder, "add", "a.txt");
      },
      "a.txt",
    ],
    [
      "changed where git was told not to look",
      (folder: string) => {
        git(folder, "update-index", "--assume-unchanged", "a.txt");
        write(folder, { "a.txt": changed("eight", "unsaved") });
      },
      "a.txt",
    ],
    ["removed", (folder: string) => write(folder, { "a.txt": null }), "a.txt"],
    ["made executable", (folder: string) => write(folder, { "a.txt": { text: LINES, mode: 0o755 } }), "a.txt"],
    ["replaced by a link", (folder: string) => write(folder, { "a.txt": { link: "b.txt" } }), "a.txt"],
    ["added as an untracked file", (folder: string) => write(folder, { "new.txt": "mine" }), "new.txt"],
    [
      "added as an ignored file",
      (folder: string) => {
        write(folder, { ".gitignore": "new.txt\n" });
        git(folder, "add", ".gitignore");
        git(folder, "commit", "-qm", "ignore");
        write(folder, { "new.txt": "mine" });
      },
      "new.txt",
    ],
    [
      "removed where the team removed too little",
      (folder: string) => write(folder, { "gone.txt": "mine" }),
      "gone.txt",
    ],
  ] as const) {
    test(`unsaved work is not merged over: a file ${what}; all are named, nothing is touched`, async () => {
      await using bench = new ApplyBench({ "a.txt": LINES, "b.txt": LINES, "gone.txt": "x" });
      await bench.run((root) => {
        write(root, { "a.txt": changed("two", "TWO"), "b.txt": "B", "new.txt": "theirs", "gone.txt": null });
      });
      unsave(bench.folder);
      const before = [bench.status(), git(bench.folder, "ls-files", "-s")];
      await assert.rejects(bench.apply(), (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.code, "unsaved-work");
        assert.match(error.message, new RegExp(`\n  ${named}$`));
        assert.doesNotMatch(error.message, /b\.txt/);
        return true;
      });
      assert.equal(bench.read("b.txt"), LINES);
      assert.deepEqual([bench.status(), git(bench.folder, "ls-files", "-s")], before);
      assert.deepEqual(
        fs.readdirSync(bench.folder).filter((name) => name.includes("tmp")),
        [],
      );
    });
  }

  test("unsaved work in files that the merge leaves alone is no reason", async () => {
    await using bench = new ApplyBench({ "a.txt": LINES, "b.txt": "b" });
    await bench.run((root) => write(root, { "a.txt": changed("two", "TWO") }));
    write(bench.folder, { "b.txt": "unsaved", "notes.txt": "unsaved" });
    await bench.apply();
    assert.equal(bench.read("b.txt"), "unsaved");
    assert.equal(bench.read("a.txt"), changed("two", "TWO"));
  });
});

suite("conflicts in a git repository", () => {
  test("conflicts are left as git leaves them: marked in the file, unmerged in the index, sides by name", async () => {
    await using bench = new ApplyBench({
      "a.txt": LINES,
      "mine.txt": LINES,
      "theirs.txt": LINES,
      bin: Buffer.from([0, 1]),
    });
    await bench.run((root) => {
      write(root, {
        "a.txt": changed("two", "team"),
        "mine.txt": null,
        "theirs.txt": changed("two", "team"),
        bin: Buffer.from([0, 2]),
        "both.txt": "team\n",
      });
    });
    write(bench.folder, {
      "a.txt": changed("two", "person"),
      "mine.txt": changed("two", "person"),
      "theirs.txt": null,
      bin: Buffer.from([0, 3]),
      "both.txt": "person\n",
    });
    bench.commit("meanwhile");
    const result = await bench.apply();
    assert.deepEqual(bench.status(), ["AA both.txt", "DU theirs.txt", "UD mine.txt", "UU a.txt", "UU bin"]);
    assert.match(bench.read("a.txt"), /one\n<<<<<<< yours\nperson\n=======\nteam\n>>>>>>> team-1\nthree/);
    assert.equal(bench.read("mine.txt"), changed("two", "person"));
    assert.equal(bench.read("theirs.txt"), changed("two", "team"));
    assert.deepEqual(fs.readFileSync(path.join(bench.folder, "bin")), Buffer.from([0, 3]));
    assert.deepEqual(result.conflicts.map(({ path, kind, sentence }) => `${path} ${kind}: ${sentence}`).sort(), [
      "a.txt both-changed: You and team-1 changed it: settle the marked places.",
      "bin both-changed: You and team-1 changed it: yours is kept; git checkout --theirs takes team-1's.",
      "both.txt both-added: You and team-1 added it: settle the marked places.",
      "mine.txt removed-by-team: You changed it, team-1 removed it: yours is kept.",
      "theirs.txt removed-by-you: You removed it, team-1 changed it: team-1's version is there again.",
    ]);
    await assert.rejects(bench.apply(), code("merge-unfinished"));
    git(bench.folder, "checkout", "--theirs", "bin");
    assert.deepEqual(fs.readFileSync(path.join(bench.folder, "bin")), Buffer.from([0, 2]));
    git(bench.folder, "checkout", "--merge", "a.txt");
    git(bench.folder, "add", "-A");
    git(bench.folder, "commit", "-qm", "settled");
  });

  test("renames, folders in the place of files and links that conflict are told in words, and nothing is lost", async () => {
    await using bench = new ApplyBench({ "moved.txt": LINES, "place.txt": LINES, link: { link: "a" } });
    await bench.run((root) => {
      write(root, { "moved.txt": null, "by-team.txt": LINES, "place.txt": null, link: { link: "team" } });
      write(root, { "place.txt/inner": "team" });
    });
    write(bench.folder, {
      "moved.txt": null,
      "by-you.txt": LINES,
      "place.txt": changed("two", "person"),
      link: { link: "person" },
    });
    bench.commit("meanwhile");
    const { conflicts } = await bench.apply();
    const about = (name: string) =>
      conflicts.filter(({ path, sentence }) => path.includes(name) || sentence.includes(name));
    assert.ok(about("moved.txt").length > 0 && about("place.txt").length > 0 && about("link").length > 0);
    for (const { sentence } of conflicts) assert.match(sentence, /team-1|yours/);
    assert.equal(readlinkSync(path.join(bench.folder, "link")), "person");
    const everything = fs
      .readdirSync(bench.folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.startsWith(".git"));
    const texts = everything
      .filter((name) => fs.lstatSync(path.join(bench.folder, name)).isFile())
      .map((name) => bench.read(name));
    assert.ok(texts.includes(changed("two", "person")) && texts.includes("team"));
  });

  test("a folder within the repository, a path with any bytes and a repository within the repository are right", async () => {
    await using bench = new ApplyBench({ "outer.txt": "x", "sub/ä b.txt": LINES, "sub/nested/file.txt": LINES });
    git(path.join(bench.folder, "sub/nested"), "init", "-q");
    const whole = bench.folder;
    const sub = Object.assign(Object.create(bench) as ApplyBench, { folder: path.join(whole, "sub") });
    await sub.run((root) =>
      write(root, { "ä b.txt": changed("two", "team"), "nested/file.txt": changed("two", "team") }),
    );
    write(sub.folder, { "ä b.txt": changed("two", "person") });
    git(whole, "add", "sub/ä b.txt");
    git(whole, "commit", "-qm", "meanwhile");
    const result = await sub.apply();
    assert.equal(result.conflicts.length, 1);
    assert.match(git(whole, "status", "--porcelain", "-z"), /UU sub\/ä b\.txt/);
    assert.equal(sub.read("nested/file.txt"), changed("two", "team"));
    assert.equal(bench.read("outer.txt"), "x");
  });

  test("a repository without a commit saves nothing, and line ends that git converts are saved", async () => {
    await using bench = new ApplyBench({ "a.txt": LINES }, { git: false });
    git(bench.folder, "init", "-q");
    await bench.run((root) => write(root, { "a.txt": changed("two", "TWO") }));
    write(bench.folder, { "a.txt": changed("eight", "EIGHT") });
    await assert.rejects(bench.apply(), code("unsaved-work"));
    await using windows = new ApplyBench({
      "a.txt": LINES.replaceAll("\n", "\r\n"),
      ".gitattributes": "*.txt text eol=crlf\n",
    });
    await windows.run((root) => write(root, { "a.txt": changed("two", "TWO").replaceAll("\n", "\r\n") }));
    write(windows.folder, { "a.txt": changed("seven", "SEVEN").replaceAll("\n", "\r\n") });
    windows.commit("meanwhile");
    await windows.apply();
    assert.equal(windows.read("a.txt"), changed("two", "TWO").replace("seven", "SEVEN").replaceAll("\n", "\r\n"));
  });
});

suite("apply outside a repository", () => {
  test("the same merge: changes since are merged, conflicts are marked, what cannot be marked is put beside", async () => {
    await using bench = new ApplyBench({ "a.txt": LINES, "b.txt": LINES, bin: Buffer.from([0, 1]) }, { git: false });
    await bench.run((root) => {
      write(root, { "a.txt": changed("two", "TWO"), "b.txt": changed("two", "team"), bin: Buffer.from([0, 2]) });
    });
    write(bench.folder, {
      "a.txt": changed("seven", "SEVEN"),
      "b.txt": changed("two", "person"),
      bin: Buffer.from([0, 3]),
    });
    const { conflicts } = await bench.apply();
    assert.equal(bench.read("a.txt"), changed("two", "TWO").replace("seven", "SEVEN"));
    assert.match(bench.read("b.txt"), /<<<<<<< yours\nperson\n=======\nteam\n>>>>>>> team-1\n/);
    assert.deepEqual(fs.readFileSync(path.join(bench.folder, "bin")), Buffer.from([0, 3]));
    assert.deepEqual(fs.readFileSync(path.join(bench.folder, "bin~team-1")), Buffer.from([0, 2]));
    assert.deepEqual(conflicts.map(({ sentence }) => sentence).sort(), [
      "You and team-1 changed it: settle the marked places.",
      "You and team-1 changed it: yours is kept; team-1's is beside it: bin~team-1.",
    ]);
    await assert.rejects(bench.apply(), code("merge-unfinished"));
  });

  test("a run that started from no folder needs one named, and brings what was made", async () => {
    await using bench = new ApplyBench({}, { git: false });
    await bench.run(
      (root) => write(root, { "result.txt": "made", "data.csv": "1,2\n3,4\n", "kept.csv": "as it was" }),
      {
        workdir: false,
        files: { "data.csv": "1,2\n", "kept.csv": "as it was" },
      },
    );
    await assert.rejects(bench.apply(), code("apply-no-folder"));
    const to = path.join(bench.folder, "new/place");
    const { changes } = await bench.apply({ to });
    assert.deepEqual(changes.map(({ path }) => path).sort(), ["data.csv", "result.txt"]);
    assert.deepEqual(fs.readdirSync(to).sort(), ["data.csv", "result.txt"]);
    assert.equal(fs.readFileSync(path.join(to, "data.csv"), "utf8"), "1,2\n3,4\n");
  });

  test("another folder can be named, and the folder that holds the runs cannot", async () => {
    await using bench = new ApplyBench({ "a.txt": LINES });
    await bench.run((root) => write(root, { "a.txt": changed("two", "TWO") }));
    await assert.rejects(bench.apply({ to: path.join(bench.dataDir, "x") }), code("workdir-overlaps"));
    const clone = path.join(bench.outside, "clone");
    git(bench.outside, "clone", "-q", bench.folder, clone);
    await bench.apply({ to: clone });
    assert.equal(fs.readFileSync(path.join(clone, "a.txt"), "utf8"), changed("two", "TWO"));
    assert.equal(bench.read("a.txt"), LINES);
  });
});

suite("whose changes", () => {
  test("without a winner a team must be named; one that had no folder has nothing", async () => {
    await using bench = new ApplyBench({ "a.txt": "x" });
    await bench.run((root) => write(root, { "a.txt": "y" }), { winner: null });
    await assert.rejects(bench.apply(), code("no-winner"));
    await assert.rejects(bench.apply({ team: "team-2" }), code("nothing-to-apply"));
    await assert.rejects(bench.apply({ team: "team-9" }), code("team-unknown"));
    await bench.apply({ team: "team-1" });
    assert.equal(bench.read("a.txt"), "y");
  });

  test("where git is missing or too old it is said what to install", async () => {
    await using bench = new ApplyBench({ "a.txt": "x" });
    await bench.run((root) => write(root, { "a.txt": "y" }));
    await assert.rejects(bench.apply({ environment: { PATH: bench.outside } }), code("git-missing"));
    write(bench.outside, { git: { text: "#!/bin/sh\necho git version 2.37.1\n", mode: 0o755 } });
    await assert.rejects(bench.apply({ environment: { PATH: `${bench.outside}:/usr/bin:/bin` } }), (error) => {
      assert.ok(error instanceof UsageError && error.code === "git-old");
      assert.match(`${error.message} ${error.hint}`, /2\.37\.1.* 2\.38/);
      return true;
    });
  });

  test("no path goes through a link of the person's folder", async () => {
    await using bench = new ApplyBench({ "lib/a.txt": LINES });
    await bench.run((root) => write(root, { "lib/a.txt": changed("two", "TWO"), "lib/new.txt": "new" }));
    write(bench.folder, { lib: null });
    write(bench.outside, { "a.txt": LINES });
    symlinkSync(bench.outside, path.join(bench.folder, "lib"));
    bench.commit("a link instead");
    const { conflicts } = await bench.apply();
    assert.ok(conflicts.length > 0);
    assert.deepEqual(fs.readdirSync(bench.outside), ["a.txt"]);
    assert.equal(fs.readFileSync(path.join(bench.outside, "a.txt"), "utf8"), LINES);
  });
});
