import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { UsageError } from "../../../../src/base/errors.ts";
import { safeFileName } from "../../../../src/tools/file-name.ts";
import { makeWorkspace } from "../workspace-bench.ts";

suite("workspace", () => {
  test("it is a folder of the team's own that only its owner may enter", async () => {
    await using bench = await makeWorkspace();
    const { workspace, folder } = bench;
    assert.equal(workspace.root, path.join(folder, "workspaces", "team-1"));
    const facts = await stat(workspace.root);
    assert.equal(facts.mode & 0o777, 0o700);
    if (workspace.owner) assert.equal(facts.uid, workspace.owner.uid);
  });

  test("files get safe names of their own and belong to the workspace's user", async () => {
    await using bench = await makeWorkspace();
    const { workspace } = bench;
    const names = ["data.csv", "../../data.csv", "/etc/Data.csv", "..", "", "a\u0000b\n.txt", "-rf", "dir\\evil.txt"];
    const placed = await workspace.place(names.map((name, index) => ({ name, bytes: Buffer.from(String(index)) })));
    const paths = placed.map((file) => file.path);
    assert.deepEqual(paths, ["data.csv", "data-2.csv", "Data-3.csv", "file", "file-2", "a_b_.txt", "_rf", "evil.txt"]);
    assert.deepEqual(
      (await readdir(workspace.root)).toSorted((a, b) => (a < b ? -1 : 1)),
      paths.toSorted((a, b) => (a < b ? -1 : 1)),
    );
    assert.equal(await readFile(path.join(workspace.root, "data-2.csv"), "utf8"), "1");
    const facts = await stat(path.join(workspace.root, "data.csv"));
    assert.equal(facts.mode & 0o777, 0o600);
    if (workspace.owner) assert.equal(facts.uid, workspace.owner.uid);
  });

  test("any name becomes one that a folder can hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 150 }), (given) => {
        const name = safeFileName(given);
        assert.doesNotMatch(name, /[/\\\p{Cc}]|^\.*$|^-/u);
        assert.ok(Buffer.byteLength(name) <= 200);
      }),
    );
  });

  test("paths inside are found, as given or as the sandbox sees them", async () => {
    await using bench = await makeWorkspace();
    const { workspace } = bench;
    await mkdir(path.join(workspace.root, "deep"));
    await writeFile(path.join(workspace.root, "deep", "x..y.txt"), "");
    const expected = path.join(workspace.root, "deep/x..y.txt");
    for (const given of ["deep/x..y.txt", "./deep/../deep/x..y.txt", "/workspace/deep/x..y.txt", expected]) {
      assert.equal(await workspace.resolveInside(given), expected);
    }
    assert.equal(await workspace.resolveInside("/workspace"), workspace.root);
  });

  test("no path leads out: not up, not absolutely, not by links to files or folders", async () => {
    await using bench = await makeWorkspace();
    const { workspace, folder } = bench;
    await writeFile(path.join(folder, "secret.txt"), "classified");
    await mkdir(path.join(folder, "workspaces", "team-1-other"));
    await symlink(path.join(folder, "secret.txt"), path.join(workspace.root, "link"));
    await symlink(folder, path.join(workspace.root, "up"));
    await symlink("../..", path.join(workspace.root, "relative"));
    const outside = [
      "..",
      "../../secret.txt",
      "/etc/passwd",
      "link",
      "up/secret.txt",
      "relative/secret.txt",
      "/workspace/../etc/passwd",
      "../team-1-other",
      "a\0b",
      `${workspace.root}-other`,
    ];
    for (const given of outside) {
      await assert.rejects(workspace.resolveInside(given), (error) => {
        assert.ok(error instanceof UsageError, given);
        assert.equal(error.code, "path-outside", given);
        return true;
      });
    }
  });
});
