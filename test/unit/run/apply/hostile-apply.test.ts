import assert from "node:assert/strict";
import fs, { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import { nameOfBytes, nameOfText } from "../../../../src/tools/workspace/entry-name.ts";
import { isGitPath } from "../../../../src/run/apply/git-name.ts";
import { ApplyBench, git, write } from "./apply-bench.ts";

const LINES = ["one", "two", "three", "four", "five", "six", "seven", ""].join("\n");

suite("apply of a hostile folder", () => {
  test("G4: nothing that a team put into its repository, its attributes or its hooks is run or read", async () => {
    await using bench = new ApplyBench({ "a.txt": LINES, "b.txt": LINES });
    const marker = path.join(bench.outside, "ran");
    const run = `touch '${marker}'`;
    await bench.run((root) => {
      write(root, {
        "a.txt": LINES.replace("two", "team"),
        "b.txt": LINES.replace("two", "team"),
        "c.txt": "new",
        ".gitattributes": "* filter=evil merge=evil diff=evil text eol=crlf working-tree-encoding=UTF-16 ident\n",
        "sub/.gitattributes": "* filter=evil merge=evil\n",
        ".gitmodules": `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "${run}"\n\tupdate = !${run}\n`,
        ".gitconfig": `[core]\n\tfsmonitor = "${run}; echo"\n`,
        ".git/config": [
          ...["[core]", "\trepositoryformatversion = 0", `\tfsmonitor = "${run}; echo"`, `\thooksPath = evil-hooks`],
          ...[`\tpager = ${run}`, `\tsshCommand = ${run}`, `\teditor = ${run}`, `\tattributesFile = .gitattributes`],
          ...[
            `[filter "evil"]`,
            `\tclean = ${run}; cat`,
            `\tsmudge = ${run}; cat`,
            `\tprocess = ${run}`,
            `\trequired = true`,
          ],
          ...[`[merge "evil"]`, `\tdriver = ${run}`, `[diff "evil"]`, `\ttextconv = ${run}; cat`, `\tcommand = ${run}`],
          ...["[include]", "\tpath = ../.gitconfig", ""],
        ].join("\n"),
        ...Object.fromEntries(
          ["post-index-change", "pre-commit", "post-checkout", "reference-transaction", "fsmonitor-watchman"].flatMap(
            (hook) =>
              [".git/hooks", "evil-hooks"].map((folder) => [
                `${folder}/${hook}`,
                { text: `#!/bin/sh\n${run}\n`, mode: 0o755 },
              ]),
          ),
        ),
      });
    });
    write(bench.folder, { "a.txt": LINES.replace("two", "person"), "b.txt": LINES.replace("seven", "SEVEN") });
    bench.commit("meanwhile");
    const config = fs.readFileSync(path.join(bench.folder, ".git/config"), "utf8");
    const hooks =
      fs.existsSync(path.join(bench.folder, ".git/hooks")) && fs.readdirSync(path.join(bench.folder, ".git/hooks"));
    const result = await bench.apply();
    assert.ok(!existsSync(marker), "something ran");
    assert.equal(fs.readFileSync(path.join(bench.folder, ".git/config"), "utf8"), config);
    assert.deepEqual(
      fs.existsSync(path.join(bench.folder, ".git/hooks")) && fs.readdirSync(path.join(bench.folder, ".git/hooks")),
      hooks,
    );
    assert.ok(result.gitPaths >= 6, `${result.gitPaths}`);
    assert.deepEqual(
      result.conflicts.map(({ path }) => path),
      ["a.txt"],
      "attributes of the team decide nothing",
    );
    assert.match(bench.read("a.txt"), /<<<<<<< yours\nperson\n=======\nteam\n>>>>>>> team-1\n/);
    assert.equal(bench.read("b.txt"), LINES.replace("two", "team").replace("seven", "SEVEN"));
    assert.equal(bench.read("c.txt"), "new");
    // Once more, now that the team's attributes are in the person's folder; the person's own git is its own matter.
    git(bench.folder, "reset", "-q", "--hard");
    await bench.apply();
    assert.ok(!existsSync(marker), "something ran");
  });

  test("G4: a folder that a team made to look like a repository is none", async () => {
    await using bench = new ApplyBench({ "a.txt": LINES }, { git: false });
    const marker = path.join(bench.outside, "ran");
    await bench.run((root) => {
      mkdirSync(path.join(root, "objects"));
      mkdirSync(path.join(root, "refs/heads"), { recursive: true });
      write(root, {
        HEAD: "ref: refs/heads/main\n",
        config: `[core]\n\tbare = true\n\tfsmonitor = "touch '${marker}'; echo"\n\tworktree = .\n`,
        "a.txt": LINES.replace("two", "team"),
      });
    });
    await bench.apply();
    assert.equal(bench.read("HEAD"), "ref: refs/heads/main\n");
    const again = await bench.apply();
    assert.deepEqual([again.changes, again.conflicts], [[], []]);
    assert.ok(!existsSync(marker));
  });

  test("G4: nothing whose path could be taken for .git is ever written, however it is spelled", async () => {
    const spellings = [
      ...[".git", ".GIT", ".Git", ".git ", ".git.", ".git. .", "git~1", "GIT~1", "git~2", ".git::$INDEX_ALLOCATION"],
      ...[
        ".git:stream",
        ".g\u200cit",
        "\ufeff.git",
        ".gi\u206ft",
        ".g\u00adit",
        "\uff0egit",
        "a\\.git",
        ".git\\hooks",
        "a\\git~1\\b",
      ],
    ];
    for (const name of spellings) {
      assert.ok(isGitPath(nameOfText(`a/${name}/b`)), JSON.stringify(name));
      assert.ok(isGitPath(nameOfText(name)), JSON.stringify(name));
    }
    const harmless = [
      ".gitignore",
      ".gitattributes",
      "git",
      "x.git",
      "gitx",
      ".git-x",
      "git~",
      "git~1x",
      "~1",
      ".gitfoo/x",
    ];
    for (const name of harmless) assert.ok(!isGitPath(nameOfText(name)), name);
    assert.ok(!isGitPath(nameOfBytes(Buffer.from([0xff, 0x2f, 0xfe]))));
    await using bench = new ApplyBench({ "a.txt": LINES });
    await bench.run((root) => {
      for (const name of spellings.filter((name) => name !== ".git" && !name.includes("\\"))) {
        write(root, { [`nested/${name}/config`]: "evil" });
      }
      write(root, { "nested/.git/config": "evil", "nested/fine": "x" });
      fs.symlinkSync("..", path.join(root, "nested/link"));
    });
    const { changes, gitPaths } = await bench.apply();
    assert.ok(changes.every(({ path }) => !isGitPath(nameOfText(path))));
    assert.deepEqual(fs.readdirSync(path.join(bench.folder, "nested")).sort(), ["fine", "link"]);
    assert.equal(gitPaths, spellings.filter((name) => !name.includes("\\")).length);
  });

  test("names of any bytes, with quotes, newlines and dashes, arrive as they are", async () => {
    await using bench = new ApplyBench({ '"quoted': LINES, "new\nline": LINES, "ret\r": LINES });
    const names = ['"quoted', "new\nline", "ret\r"];
    const bytes = Buffer.concat([Buffer.from(`${bench.folder}/`), Buffer.from([0xff, 0xfe, 0x22])]);
    await bench.run((root) => {
      for (const name of names) write(root, { [name]: LINES.replace("two", "team") });
      fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe, 0x22])]), "bytes");
      write(root, { "-rf": "dash", ":(top)x": "pathspec", "a\tb": "tab" });
    });
    for (const name of names) write(bench.folder, { [name]: LINES.replace("seven", "SEVEN") });
    bench.commit("meanwhile");
    const { conflicts } = await bench.apply();
    assert.deepEqual(conflicts, []);
    for (const name of names) assert.equal(bench.read(name), LINES.replace("two", "team").replace("seven", "SEVEN"));
    assert.equal(fs.readFileSync(bytes, "utf8"), "bytes");
    assert.deepEqual([bench.read("-rf"), bench.read(":(top)x"), bench.read("a\tb")], ["dash", "pathspec", "tab"]);
  });
});
