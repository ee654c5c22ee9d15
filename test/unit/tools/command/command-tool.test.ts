import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { realClock } from "../../../../src/base/clock.ts";
import { Cancelled } from "../../../../src/base/errors.ts";
import { MemoryBlobStore } from "../../../../src/log/memory-blob-store.ts";
import type { ToolResult } from "../../../../src/events/tool-call.ts";
import { commandMark, killLeftovers } from "../../../../src/tools/command/command-mark.ts";
import { COMMAND_TOOL, commandTool } from "../../../../src/tools/command/command-tool.ts";
import { ToolBox } from "../../../../src/tools/tool-box.ts";
import { Workspace } from "../../../../src/tools/workspace/workspace.ts";
import { diesSoon, isAlive, uniqueSleep } from "../../../sleeping-programs.ts";

const PARENT = path.join(import.meta.dirname, "../../../fixtures/command-parent.ts");

/** A run's folder with one team in it, and the team's tool. */
class Bench {
  readonly dataDir: string;
  readonly runDirectory: string;
  readonly workspace: Workspace;

  private constructor(dataDir: string, runDirectory: string, workspace: Workspace) {
    this.dataDir = dataDir;
    this.runDirectory = runDirectory;
    this.workspace = workspace;
  }

  static async make(): Promise<Bench> {
    const dataDir = await realpath(await mkdtemp(path.join(tmpdir(), "m1p-command-")));
    const runDirectory = path.join(dataDir, "runs", "run-1");
    await mkdir(runDirectory, { recursive: true });
    return new Bench(dataDir, runDirectory, await Workspace.create({ runDirectory, team: "team-1" }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dataDir, { recursive: true, force: true });
  }

  run(command: string, options: RunOptions = {}): Promise<ToolResult> {
    const { task = "Do it.", environment = {}, signal = new AbortController().signal, ...more } = options;
    const all = { ...process.env, ...environment };
    const tool = commandTool({ environment: all, runId: "run-1", runDirectory: this.runDirectory });
    const box = new ToolBox({ tools: [tool], workspace: this.workspace, clock: realClock });
    const live = (event: { readonly type: string; readonly text?: string }) => options.onText?.(event.text ?? "");
    return box.execute(COMMAND_TOOL, { command, task, team: "team-1", ...more.given }, { signal, live });
  }

  /** Runs it until it has printed `ready`. */
  async start(command: string): Promise<{ readonly ended: Promise<ToolResult>; readonly abort: AbortController }> {
    const abort = new AbortController();
    const ready = Promise.withResolvers<void>();
    const ended = this.run(command, {
      signal: abort.signal,
      onText: (text) => text.includes("ready") && ready.resolve(),
    });
    await Promise.race([ready.promise, ended]);
    return { ended, abort };
  }

  /** What lies in the place for temporary files. */
  async temporary(): Promise<readonly string[]> {
    return readdir(path.join(this.dataDir, "tmp")).catch(() => []);
  }
}

interface RunOptions {
  readonly task?: string;
  readonly environment?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly given?: Record<string, unknown>;
  readonly onText?: (text: string) => void;
}

suite("running a command", { timeout: 30_000 }, () => {
  test("it runs in the team's folder, and its output, complaints and exit code come back", async () => {
    await using bench = await Bench.make();
    const result = await bench.run("pwd; echo oops >&2; echo more; touch made; exit 3");
    assert.deepEqual(result.facts, {
      exitCode: 3,
      timedOut: false,
      outputCut: false,
      printed: true,
      output: `${bench.workspace.root}\nmore\n`,
    });
    assert.deepEqual(result.text.split("\n").toSorted(), ["", bench.workspace.root, "more", "oops"]);
    assert.ok(existsSync(path.join(bench.workspace.root, "made")));
  });

  test("without complaints its output is its text alone", async () => {
    await using bench = await Bench.make();
    const result = await bench.run("printf 'no line feed'");
    assert.deepEqual([result.text, result.facts["output"], result.facts["exitCode"]], ["no line feed\n", undefined, 0]);
  });

  test("the task is one word of it and a variable, with team and run", async () => {
    await using bench = await Bench.make();
    const task = `it's "a" $(task)\nof \`two\` lines`;
    const result = await bench.run(`printf '%s|' {task} '{task}' {files}; printf %s "$M1P_TASK|$M1P_TEAM|$M1P_RUN"`, {
      task,
      given: { files: ["a b", "c"] },
    });
    assert.equal(result.text, `${task}|${task}|a b|c|${task}|team-1|run-1\n`);
  });

  test("it has the person's environment, but nothing that would lead it to another repository", async () => {
    await using bench = await Bench.make();
    const environment = {
      A_KEY: "sk-1",
      GIT_DIR: "/elsewhere/.git",
      GIT_WORK_TREE: "/elsewhere",
      M1P_COMMAND: "outer",
    };
    const result = await bench.run(`echo "$A_KEY" "[$GIT_DIR$GIT_WORK_TREE]"; git rev-parse --show-toplevel`, {
      environment,
    });
    assert.match(result.text, /^sk-1 \[\]\n/m);
    assert.match(result.text, /not a git repository/);
    const mark = (await bench.run(`echo "$M1P_COMMAND"`)).text.trim();
    assert.equal(mark, commandMark(bench.runDirectory, "team-1").value);
  });

  test("its launcher leaves no trace in its environment", async () => {
    await using bench = await Bench.make();
    const variables = (await bench.run("env -0 | tr '\\n\\0' ' \\n'")).text
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0] ?? "");
    const known = new Set([
      ...Object.keys(process.env),
      ..."PWD OLDPWD SHLVL _ TMPDIR GIT_CEILING_DIRECTORIES".split(" "),
    ]);
    const ours = variables.filter((name) => !known.has(name)).toSorted();
    assert.deepEqual(ours, ["M1P_COMMAND", "M1P_RUN", "M1P_TASK", "M1P_TEAM"]);
  });

  test("its streams can be opened by name, and its input is empty", async () => {
    await using bench = await Bench.make();
    const result = await bench.run("cat; echo out > /dev/stdout; echo err > /dev/stderr");
    assert.deepEqual([result.facts["exitCode"], result.facts["output"]], [0, "out\n"]);
    assert.match(result.text, /err/);
  });

  test("output comes live, in whole lines, as text without control sequences", async () => {
    await using bench = await Bench.make();
    const texts: string[] = [];
    const program = `printf '\\033[31mre'; printf 'err\\n' >&2; printf 'd\\033[0m\\r\\n'; printf end`;
    const result = await bench.run(program, { onText: (text) => void texts.push(text) });
    assert.deepEqual(texts.join("").split("\n").toSorted(), ["", "end", "err", "red"]);
    assert.equal(texts.join(""), result.text);
  });

  test("long output keeps its beginning and its end, and does not end the command", async () => {
    await using bench = await Bench.make();
    const result = await bench.run("echo first; head -c 80000000 /dev/zero | tr '\\0' 'x' | fold -w 200; echo last");
    assert.deepEqual([result.facts["exitCode"], result.facts["outputCut"]], [0, true]);
    assert.ok(result.text.length < 257 * 1024);
    assert.match(result.text, /^first\n[\s\S]*bytes of output left out here[\s\S]*last\n$/);
  });

  test("it ends at its limit of time, if it has one", async () => {
    await using bench = await Bench.make();
    const length = uniqueSleep();
    const result = await bench.run(`echo begun; sleep ${length}`, { given: { timeoutMs: 200 } });
    assert.deepEqual([result.text, result.facts["timedOut"], result.facts["exitCode"]], ["begun\n", true, null]);
    assert.equal(await isAlive(length), false);
  });

  test("a program that a signal ended has 128 and the signal's number", async () => {
    await using bench = await Bench.make();
    assert.equal((await bench.run("kill -SEGV $$")).facts["exitCode"], 139);
  });

  test("its temporary files have a place of their own with a short name, gone after it", async () => {
    await using bench = await Bench.make();
    const result = await bench.run(`echo "$TMPDIR"; mkdir "$TMPDIR/deep"; touch "$TMPDIR/deep/file"`);
    const place = result.text.trim();
    assert.equal(path.dirname(path.dirname(place)), path.join(bench.dataDir, "tmp"));
    assert.ok(place.length - bench.dataDir.length < 25);
    assert.deepEqual(await bench.temporary(), []);
  });

  test("it says in which state it left the folder, and what changed in it", async () => {
    await using bench = await Bench.make();
    const blobs = new MemoryBlobStore();
    await bench.workspace.place([{ name: "old.txt", bytes: Buffer.from("old") }]);
    await bench.workspace.place([{ name: "gone.txt", bytes: Buffer.from("gone") }]);
    await bench.workspace.snapshot(blobs);
    const first = await bench.run("mkdir src; echo new > src/new.txt; echo newer >> old.txt; rm gone.txt; git init -q");
    assert.equal(first.facts["changes"], "It changed 3 files: gone.txt (removed), old.txt, src/new.txt (new).");
    assert.equal(first.facts["folder"], (await bench.workspace.snapshot(blobs)).id);
    const second = await bench.run("git add -A");
    assert.equal(second.facts["changes"], "It changed what git keeps in .git.");
    const third = await bench.run("echo nothing");
    assert.deepEqual([third.facts["changes"], third.facts["folder"]], [undefined, second.facts["folder"]]);
    const many = await bench.run("for n in 1 2 3 4 5 6 7 8 9 10 11 12; do touch many-$n; done");
    assert.match(String(many.facts["changes"]), /^It changed 12 files: many-1 \(new\), .* and 2 more\.$/);
  });

  test("the folder and all in it is its own, whoever's it was", async () => {
    await using bench = await Bench.make();
    await bench.workspace.place([{ name: "a.txt", bytes: Buffer.from("a") }]);
    const result = await bench.run("git init -q && git add -A && git status --short && ls -n | tail -n +2");
    assert.match(result.text, new RegExp(`^A  a\\.txt\n-rw------- +1 ${process.getuid?.()} `), result.text);
  });

  test("a task that no program can be given is refused in words", async () => {
    await using bench = await Bench.make();
    await assert.rejects(bench.run("true", { task: "a\0b" }), /NUL character/);
    await assert.rejects(bench.run("true", { task: "x".repeat(200_000) }), /200000 bytes.*128 KiB/);
    assert.equal((await bench.run("echo {task} | wc -c", { task: "x".repeat(130_000) })).text.trim(), "130001");
  });
});

suite("a command's end", { timeout: 30_000 }, () => {
  test("R3: an abort kills it within 0.5 s, its children in sessions of their own too", async () => {
    await using bench = await Bench.make();
    const [plain, session, daemon] = [uniqueSleep(), uniqueSleep(), uniqueSleep()];
    const daemons = `(setsid sh -c 'sleep ${daemon} >/dev/null 2>&1 </dev/null &' &)`;
    const { ended, abort } = await bench.start(
      `trap '' TERM INT; setsid sleep ${session} & ${daemons}; sleep 0.1; echo ready; sleep ${plain}`,
    );
    assert.deepEqual([await isAlive(session), await isAlive(daemon)], [true, true]);
    const began = performance.now();
    const reason = new Cancelled("lost", "Another team was first.");
    abort.abort(reason);
    await assert.rejects(ended, (error) => error === reason);
    assert.ok(performance.now() - began < 500, `it took ${performance.now() - began} ms`);
    assert.deepEqual([await isAlive(plain), await isAlive(session), await isAlive(daemon)], [false, false, false]);
    assert.deepEqual(await bench.temporary(), []);
  });

  test("R3: its end ends what it left behind, and that does not hold the result", async () => {
    await using bench = await Bench.make();
    const length = uniqueSleep();
    const began = performance.now();
    const result = await bench.run(`setsid sleep ${length} & echo done`);
    assert.deepEqual([result.facts["exitCode"], result.text], [0, "done\n"]);
    assert.ok(performance.now() - began < 5_000);
    assert.equal(await isAlive(length), false);
  });

  test("nothing is started when the signal is aborted already", async () => {
    await using bench = await Bench.make();
    await assert.rejects(bench.run("touch started", { signal: AbortSignal.abort(new Cancelled("over", "Over.")) }));
    assert.deepEqual(await readdir(bench.workspace.root), []);
  });

  test("R3: SIGKILL of m1p leaves nothing of it alive, whatever it did to its signals and sessions", async () => {
    await using bench = await Bench.make();
    const [plain, session] = [uniqueSleep(), uniqueSleep()];
    const command = `trap '' TERM INT; setsid sleep ${session} & kill 0; kill -INT 0; echo ready; sleep ${plain}`;
    const parent = spawn(process.execPath, [PARENT, bench.runDirectory, command], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    parent.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    while (!said.includes("ready")) await once(parent.stdout, "data");
    parent.kill("SIGKILL");
    await once(parent, "exit");
    assert.ok(await diesSoon(plain), "the program lives on");
    assert.ok(await diesSoon(session), "its child lives on");
    await killLeftovers(bench.runDirectory, realClock);
    assert.deepEqual(await bench.temporary(), []);
  });

  test("R3: what was left of a run's commands all the same is killed when somebody goes on with it", async () => {
    await using bench = await Bench.make();
    const [left, other] = [uniqueSleep(), uniqueSleep()];
    const { name, value } = commandMark(bench.runDirectory, "team-1");
    const start = (mark: string, length: string) =>
      spawn("sleep", [length], { env: { ...process.env, [name]: mark }, stdio: "ignore" });
    const ours = start(value, left);
    const theirs = start(value.replace("run-1", "run-10"), other);
    await Promise.all([once(ours, "spawn"), once(theirs, "spawn")]);
    try {
      const ended = once(ours, "exit");
      await killLeftovers(bench.runDirectory, realClock);
      await ended;
      assert.deepEqual([await isAlive(left), await isAlive(other)], [false, true]);
    } finally {
      theirs.kill("SIGKILL");
      await once(theirs, "exit");
    }
  });
});
