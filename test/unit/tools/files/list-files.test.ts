import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { suite, test } from "node:test";
import { realClock } from "../../../../src/base/clock.ts";
import { listFilesTool } from "../../../../src/tools/files/list-files.ts";
import { ToolBox } from "../../../../src/tools/tool-box.ts";
import { makeWorkspace } from "../workspace-bench.ts";

const execution = { signal: new AbortController().signal, live: () => {} };

suite("list-files", () => {
  test("files with their sizes, folders by what is in them, links by where they lead", async () => {
    await using bench = await makeWorkspace();
    const { workspace } = bench;
    const box = new ToolBox({ tools: [listFilesTool], workspace, clock: realClock });
    assert.equal((await box.execute("list-files", {}, execution)).text, "The folder is empty.");
    await mkdir(path.join(workspace.root, "deep/er"), { recursive: true });
    await mkdir(path.join(workspace.root, "void"));
    await writeFile(path.join(workspace.root, "a.csv"), "x".repeat(1234));
    await writeFile(path.join(workspace.root, "deep/er/b\u001b[31m\n.txt"), "");
    await symlink("/etc", path.join(workspace.root, "out"));
    const { text, facts } = await box.execute("list-files", {}, execution);
    assert.equal(text, "a.csv  1,234 bytes\ndeep/er/b?.txt  0 bytes\nout  (link to /etc)\nvoid/  (empty folder)");
    assert.deepEqual(facts, { entries: 4, cut: false });
  });

  test("a folder with very many files is cut, and says so", async () => {
    await using bench = await makeWorkspace();
    const { workspace } = bench;
    for (let index = 0; index < 400; index += 1) await writeFile(path.join(workspace.root, `f${index}`), "");
    const box = new ToolBox({ tools: [listFilesTool], workspace, clock: realClock });
    const { text, facts } = await box.execute("list-files", {}, execution);
    assert.equal(facts["cut"], true);
    assert.match(text, /There are more than these 300/);
  });
});
