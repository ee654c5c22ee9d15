import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { Cancelled } from "../../../../src/base/errors.ts";
import { MemoryBlobStore } from "../../../../src/log/memory-blob-store.ts";
import { commandAcceptance } from "../../../../src/answers/acceptance.ts";
import { CommandCheck, openCommandCheck } from "../../../../src/run/judging/command-check.ts";
import { planRace } from "../../../../src/run/opening/race-plan.ts";
import type { Sandbox, SandboxResult } from "../../../../src/tools/sandbox/sandbox.ts";
import { Workspace } from "../../../../src/tools/workspace/workspace.ts";
import { contentsOf } from "../../tools/workspace/folders.ts";

/** A team's folder as a command of a person would leave it: in our hands, part of it closed to others. */
async function bench() {
  const dataDir = await realpath(await mkdtemp(path.join(tmpdir(), "m1p-accept-")));
  const site = planRace({ task: "?", teams: [], dataDir, environment: { PATH: process.env["PATH"] } });
  const workspace = await Workspace.create({ runDirectory: site.directory, team: "team-1" });
  const manifest = { name: "x", scripts: { test: "node --test" } };
  await writeFile(path.join(workspace.root, "package.json"), JSON.stringify(manifest), { mode: 0o600 });
  await mkdir(path.join(workspace.root, "private"), { mode: 0o700 });
  await writeFile(path.join(workspace.root, "private", "script.sh"), "echo ran; touch written; exit $1", {
    mode: 0o600,
  });
  const blobs = new MemoryBlobStore();
  await workspace.snapshot(blobs);
  const judge = async (command: string, signal = new AbortController().signal) => {
    const check = await openCommandCheck(commandAcceptance(command), { site, unsafeHostExec: false });
    return check.judge({ team: "team-1", answer: "42", workspace, signal }, blobs);
  };
  const dispose = () => rm(dataDir, { recursive: true, force: true });
  return { dataDir, site, workspace, blobs, judge, [Symbol.asyncDispose]: dispose };
}

suite("a command that accepts answers", { timeout: 60_000 }, () => {
  test("exit code 0 accepts, another rejects with what it printed", async () => {
    await using team = await bench();
    assert.deepEqual(await team.judge("sh private/script.sh 0"), {
      verdict: "accept",
      reason: "`sh private/script.sh 0` succeeded.",
    });
    assert.deepEqual(await team.judge("sh private/script.sh 3"), {
      verdict: "reject",
      reason: "`sh private/script.sh 3` failed with exit code 3.\nran",
    });
    const long = await team.judge("seq 1 100000; exit 1");
    assert.match(long.reason, /failed with exit code 1\.\n…[\d\n]+100000$/);
    assert.ok(long.reason.length < 6_100);
  });

  test("what it changes in the team's folder is undone", async () => {
    await using team = await bench();
    const names = () => contentsOf(team.workspace.root).map((line) => line.replace(/ \d+ (?=")/, " "));
    const before = names();
    await team.judge("rm -r private; echo spoiled > package.json; touch new; exit 1");
    assert.deepEqual(
      names().map((line) => line.replace(/ \d+$/, "")),
      before.map((line) => line.replace(/ \d+$/, "")),
    );
  });

  test("npm test works in it", async () => {
    await using team = await bench();
    await writeFile(path.join(team.workspace.root, "a.test.js"), `require("node:test").test("a", () => {});`);
    assert.equal((await team.judge("npm test")).verdict, "accept");
    await writeFile(path.join(team.workspace.root, "a.test.js"), `require("node:test").test("a", () => { throw 1 });`);
    assert.equal((await team.judge("npm test")).verdict, "reject");
  });

  test("G4: it has no network, and nothing of a person's home or environment", async () => {
    await using team = await bench();
    const command = `test "$HOME" != "${process.env["HOME"]}" && ! ls "${team.dataDir}" && ! node -e 'fetch("http://1.1.1.1").then(() => process.exit(0), () => process.exit(1))'`;
    assert.equal((await team.judge(command)).verdict, "accept");
  });

  test("R3: an abort ends it at once", async () => {
    await using team = await bench();
    const abort = new AbortController();
    const judged = team.judge("sleep 60", abort.signal);
    const reason = new Cancelled("lost", "Another team was first.");
    abort.abort(reason);
    await assert.rejects(judged, (error) => error === reason);
  });

  test("a check that was stopped, or has nothing to look at, defers", async () => {
    await using team = await bench();
    const stopped = async (endedBy: SandboxResult["endedBy"]) => {
      const result = { exitCode: null, output: "", outputCut: false, timedOut: endedBy === "time", endedBy };
      const sandbox: Sandbox = { kind: "bubblewrap", run: () => Promise.resolve(result) };
      const { signal } = new AbortController();
      const candidate = { team: "team-1", answer: "42", signal };
      const check = new CommandCheck("npm test", sandbox);
      assert.equal((await check.judge({ ...candidate, workspace: undefined }, team.blobs)).verdict, "defer");
      return check.judge({ ...candidate, workspace: team.workspace }, team.blobs);
    };
    assert.deepEqual(await stopped("time"), {
      verdict: "defer",
      reason: "`npm test` was stopped: it ran longer than 15 minutes.",
    });
    assert.equal((await stopped("memory")).verdict, "defer");
  });

  test("a command that cannot be run is told before anything begins, and leaves nothing behind", async () => {
    await using team = await bench();
    const refused = [
      [" ", "accept-empty", /is empty/],
      ["npm test '", "accept-syntax", /cannot read the command/],
      ["no-such-check --all", "accept-missing", /no-such-check is not in the sandbox/],
    ] as const;
    for (const [command, code, message] of refused) await assert.rejects(team.judge(command), { code, message });
    assert.deepEqual(await readdir(path.join(team.dataDir, "tmp")), []);
  });

  test("the folder's own mode does not matter", async () => {
    await using team = await bench();
    await chmod(team.workspace.root, 0o500);
    assert.equal((await team.judge("touch written && sh private/script.sh 0")).verdict, "accept");
  });
});
