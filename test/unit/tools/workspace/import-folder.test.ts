import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import { UsageError } from "../../../../src/base/errors.ts";
import { importFolder } from "../../../../src/tools/workspace/import-folder.ts";
import { Workspace } from "../../../../src/tools/workspace/workspace.ts";
import { contentsOf, CountingBlobs, temporaryFolder } from "./folders.ts";

const dataDirectory = "/nowhere/data";

suite("a person's folder as a start", () => {
  test("every team starts from all of it, read once: ignored files, .git, empty folders, modes, links", async () => {
    await using place = temporaryFolder();
    const folder = path.join(place.folder, "project");
    mkdirSync(path.join(folder, "empty"), { recursive: true });
    execFileSync("git", ["init", "-q", folder]);
    writeFileSync(path.join(folder, ".gitignore"), "ignored\n");
    writeFileSync(path.join(folder, "ignored"), "kept all the same");
    writeFileSync(path.join(folder, "tool"), "#!/bin/sh\n");
    chmodSync(path.join(folder, "tool"), 0o755);
    symlinkSync("tool", path.join(folder, "link"));
    symlinkSync("/etc/passwd", path.join(folder, "out"));
    const before = contentsOf(folder);
    const blobs = new CountingBlobs();
    const { path: real, snapshot } = await importFolder({ folder: `${folder}/empty/..`, dataDirectory, blobs });
    assert.equal(real, folder);
    assert.deepEqual(contentsOf(folder), before, "nothing in it was changed");
    const read = blobs.filesRead;
    assert.equal(read, snapshot.files);
    for (const team of ["team-1", "team-2", "team-3"]) {
      const workspace = await Workspace.create({ runDirectory: path.join(place.folder, "run"), team });
      await workspace.restore(blobs, snapshot.id);
      const withoutOwner = (lines: string[]) => lines.map((line) => line.replace(/ (\d+) \d+/, " $1"));
      assert.deepEqual(withoutOwner(contentsOf(workspace.root)), withoutOwner(before));
      const git = execFileSync("git", [
        "-c",
        `safe.directory=${workspace.root}`,
        "-C",
        workspace.root,
        "status",
        "--short",
      ]);
      assert.match(git.toString(), /\?\? tool/);
    }
    assert.equal(blobs.filesRead, read);
  });

  test("what cannot be a start is told before anything is done", async () => {
    await using place = temporaryFolder();
    const blobs = new CountingBlobs();
    const folder = path.join(place.folder, "project");
    mkdirSync(folder);
    writeFileSync(path.join(folder, "file"), "");
    symlinkSync(folder, path.join(place.folder, "way"));
    const cases: readonly (readonly [string, string, string])[] = [
      [path.join(place.folder, "missing"), dataDirectory, "workdir-missing"],
      [path.join(folder, "file"), dataDirectory, "workdir-no-folder"],
      [folder, path.join(folder, "not/yet/made"), "workdir-overlaps"],
      [folder, folder, "workdir-overlaps"],
      [folder, place.folder, "workdir-overlaps"],
      [folder, path.join(place.folder, "way/data"), "workdir-overlaps"],
      [path.join(place.folder, "way"), path.join(folder, "data"), "workdir-overlaps"],
      ["/", path.join(folder, "data"), "workdir-overlaps"],
    ];
    for (const [given, data, code] of cases) {
      await assert.rejects(importFolder({ folder: given, dataDirectory: data, blobs }), (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.code, code, given);
        return true;
      });
    }
    await importFolder({ folder, dataDirectory: `${folder}-data`, blobs });
  });

  // Root can read everything.
  const unreadable = async (): Promise<void> => {
    await using place = temporaryFolder();
    const blobs = new CountingBlobs();
    const closed = path.join(place.folder, "closed");
    mkdirSync(closed);
    writeFileSync(path.join(closed, "file"), "x");
    for (const [name, mode] of [
      ["file", 0o000],
      ["", 0o000],
      ["", 0o400],
    ] as const) {
      chmodSync(closed, 0o700);
      chmodSync(path.join(closed, name), mode);
      await assert.rejects(importFolder({ folder: place.folder, dataDirectory, blobs }), (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.code, "workdir-unreadable");
        assert.match(error.message, /closed/);
        return true;
      });
      if (name === "") chmodSync(closed, 0o700);
      chmodSync(path.join(closed, "file"), 0o600);
    }
    rmSync(closed, { recursive: true });
  };
  if (process.getuid?.() !== 0) test("what cannot be read is named, and its mode is left alone", unreadable);

  test("a folder whose files are read one by one is the same to every team that starts later", async () => {
    await using place = temporaryFolder();
    const folder = path.join(place.folder, "project");
    mkdirSync(folder);
    writeFileSync(path.join(folder, "file"), "at the start");
    const blobs = new CountingBlobs();
    const { snapshot } = await importFolder({ folder, dataDirectory, blobs });
    writeFileSync(path.join(folder, "file"), "changed since");
    const workspace = await Workspace.create({ runDirectory: path.join(place.folder, "run"), team: "team-1" });
    await workspace.restore(blobs, snapshot.id);
    assert.equal(readFileSync(path.join(workspace.root, "file"), "utf8"), "at the start");
  });
});
