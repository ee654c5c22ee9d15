import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";
import { after, before, suite, test } from "node:test";
import { Cancelled } from "../../src/base/errors.ts";
import {
  DEFAULT_LIMITS,
  type Sandbox,
  type SandboxLimits,
  type SandboxRequest,
  type SandboxResult,
} from "../../src/tools/sandbox/sandbox.ts";
import { Workspace } from "../../src/tools/workspace/workspace.ts";
import { diesSoon, isAlive, uniqueSleep } from "../sleeping-programs.ts";

/** A sandbox under test with a workspace of its own. */
export class SandboxBench {
  readonly sandbox: Sandbox;
  readonly workspace: Workspace;
  readonly folder: string;

  private constructor(sandbox: Sandbox, workspace: Workspace, folder: string) {
    this.sandbox = sandbox;
    this.workspace = workspace;
    this.folder = folder;
  }

  static async make(sandbox: Sandbox): Promise<SandboxBench> {
    const folder = await mkdtemp(path.join(tmpdir(), "m1p-contract-"));
    return new SandboxBench(sandbox, await Workspace.create({ runDirectory: folder, team: "team-1" }), folder);
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs a program text in the language that `argv` names. */
  run(program: "sh" | "node" | "python3", text: string, options: RunOptions = {}): Promise<SandboxResult> {
    const { limits, ...rest } = options;
    return this.sandbox.run({
      argv: [program],
      script: { name: "main.js", text },
      workspace: this.workspace,
      limits: { ...DEFAULT_LIMITS, wallMs: 20_000, ...limits },
      signal: new AbortController().signal,
      ...rest,
    });
  }

  /** Runs it in sh until it has printed `ready`; then it is the caller's to end. */
  async start(text: string): Promise<{ readonly ended: Promise<SandboxResult>; readonly abort: AbortController }> {
    const abort = new AbortController();
    const ready = Promise.withResolvers<void>();
    const onOutput = (output: string) => output.includes("ready") && ready.resolve();
    const ended = this.run("sh", text, { signal: abort.signal, onOutput });
    await Promise.race([ready.promise, ended]);
    return { ended, abort };
  }
}

type RunOptions = Partial<Omit<SandboxRequest, "limits">> & { readonly limits?: Partial<SandboxLimits> };

/** What every sandbox does, whatever it isolates. `kind` is for the child process that the last test kills. */
export function sandboxContract(open: () => Promise<Sandbox>, kind: string): void {
  let bench: SandboxBench;
  before(async () => {
    bench = await SandboxBench.make(await open());
  });
  after(() => bench.dispose());

  suite("running", () => runningContract(() => bench));
  suite("limits", () => limitsContract(() => bench));
  suite("ending", () => endingContract(() => bench, kind));
}

function runningContract(bench: () => SandboxBench): void {
  test("a program's output and exit code come back, complaints in their order", async () => {
    const result = await bench().run("sh", "echo one; echo two >&2; echo three; exit 3");
    assert.deepEqual(
      { exitCode: result.exitCode, output: result.output, cut: result.outputCut, by: result.endedBy },
      { exitCode: 3, output: "one\ntwo\nthree\n", cut: false, by: undefined },
    );
  });

  test("a program works in the workspace, and what it writes stays there", async () => {
    await bench().run("sh", "echo kept > note.txt; mkdir deep; echo more > deep/er.txt");
    assert.equal(await readFile(path.join(bench().workspace.root, "note.txt"), "utf8"), "kept\n");
    assert.equal((await bench().run("sh", "cat note.txt deep/er.txt")).output, "kept\nmore\n");
  });

  test("the program's own text is not in the workspace", async () => {
    await bench().run("sh", "true");
    assert.ok(!(await readdir(bench().workspace.root)).includes("main.js"));
  });

  test("node runs JavaScript, old modules and new", async () => {
    const old = await bench().run("node", "console.log(typeof require('fs').readFileSync)");
    const modern = await bench().run("node", "import fs from 'node:fs'; console.log(typeof fs.readFileSync)");
    assert.deepEqual([old.output, modern.output], ["function\n", "function\n"]);
  });

  test("input is read, and is empty without any", async () => {
    const options = { argv: ["cat"] as const, workspace: bench().workspace, limits: DEFAULT_LIMITS };
    const { signal } = new AbortController();
    assert.equal((await bench().sandbox.run({ ...options, stdin: "in and out", signal })).output, "in and out");
    assert.equal((await bench().sandbox.run({ ...options, signal })).output, "");
  });

  test("an unknown program is a result: exit code 127 and a complaint", async () => {
    const { signal } = new AbortController();
    const request = {
      argv: ["no-such-program"] as const,
      workspace: bench().workspace,
      limits: DEFAULT_LIMITS,
      signal,
    };
    const result = await bench().sandbox.run(request);
    assert.equal(result.exitCode, 127);
    assert.match(result.output, /no-such-program/);
  });

  test("G5: a program's environment has nothing of ours", async () => {
    process.env["M1P_TEST_SECRET"] = "sk-not-for-you";
    try {
      const result = await bench().run("sh", "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'");
      if (bench().sandbox.kind !== "unsafe-host-exec") assert.doesNotMatch(result.output, /sk-not-for-you/);
      assert.doesNotMatch((await bench().run("sh", "env")).output, /sk-not-for-you/);
    } finally {
      delete process.env["M1P_TEST_SECRET"];
    }
  });

  test("output streams as text: characters whole, control sequences gone", async () => {
    const chunks: string[] = [];
    const text = `for (const byte of Buffer.from("\\x1b[31mgrüße\\x1b[0m 🎉\\r\\n")) require("fs").writeSync(1, Buffer.of(byte));`;
    const result = await bench().run("node", text, { onOutput: (chunk) => void chunks.push(chunk) });
    assert.equal(result.output, "grüße 🎉\n");
    assert.equal(chunks.join(""), "grüße 🎉\n");
  });
}

function limitsContract(bench: () => SandboxBench): void {
  test("G4: the time limit ends a program", async () => {
    const length = uniqueSleep();
    const result = await bench().run("sh", `echo begun; sleep ${length}`, { limits: { wallMs: 300 } });
    assert.deepEqual(
      { exitCode: result.exitCode, timedOut: result.timedOut, output: result.output },
      { exitCode: null, timedOut: true, output: "begun\n" },
    );
    assert.equal(await isAlive(length), false);
  });

  test("G4: long output is cut in the middle, and says so", async () => {
    const result = await bench().run("sh", "echo first; seq 1 20000; echo last", { limits: { outputBytes: 1000 } });
    assert.equal(result.exitCode, 0);
    assert.ok(result.outputCut);
    assert.match(
      result.output,
      /^first\n1\n2\n[\s\S]*\[… [\d,]+ bytes of output left out here …\][\s\S]*20000\nlast\n$/,
    );
    assert.ok(result.output.length < 1200);
  });

  test("G4: a flood of output ends the program, and costs no memory", async () => {
    const shown: string[] = [];
    const result = await bench().run("sh", "yes flood", { onOutput: (text) => void shown.push(text) });
    assert.equal(result.endedBy, "output");
    assert.ok(result.output.length <= DEFAULT_LIMITS.outputBytes + 100);
    assert.ok(shown.join("").length <= 2 * DEFAULT_LIMITS.outputBytes + 100);
  });

  test("G4: no file grows over the limit", async () => {
    const result = await bench().run("sh", "head -c 3000000 /dev/zero > big; echo ended", {
      limits: { fileBytes: 1_048_576 },
    });
    assert.match(result.output, /ended/);
    assert.equal((await stat(path.join(bench().workspace.root, "big"))).size, 1_048_576);
  });

  test("G4: the memory of many processes is counted together", async () => {
    const one = `node -e 'const a = []; for (let i = 0; i < 16; i++) a.push(Buffer.alloc(1e7, 1)); setTimeout(() => a, 60e3)'`;
    const result = await bench().run("sh", `for i in 1 2 3 4; do ${one} & done; wait`, {
      limits: { memoryBytes: 500_000_000 },
    });
    assert.equal(result.endedBy, "memory");
  });
}

function endingContract(bench: () => SandboxBench, kind: string): void {
  test("R3: an abort kills the program within 0.5 s and rejects with its reason", async () => {
    const length = uniqueSleep();
    const { ended, abort } = await bench().start(`echo ready; sleep ${length}`);
    const reason = new Cancelled("lost", "Another team was first.");
    const began = performance.now();
    abort.abort(reason);
    await assert.rejects(ended, (error) => error === reason);
    assert.equal(await isAlive(length), false);
    assert.ok(performance.now() - began < 500, `it took ${performance.now() - began} ms`);
  });

  test("R3: an abort reaches children in sessions of their own, daemons too", async () => {
    const [session, daemon] = [uniqueSleep(), uniqueSleep()];
    const { ended, abort } = await bench().start(
      `setsid sleep ${session} & (setsid sh -c 'sleep ${daemon} >/dev/null 2>&1 </dev/null &' &) ; sleep 0.1; echo ready; wait`,
    );
    assert.deepEqual([await isAlive(session), await isAlive(daemon)], [true, true]);
    abort.abort(new Cancelled("lost", "Another team was first."));
    await assert.rejects(ended);
    assert.deepEqual([await isAlive(session), await isAlive(daemon)], [false, false]);
  });

  test("R3: a program's end ends its children, and those that hold its output do not hold the result", async () => {
    const length = uniqueSleep();
    const began = performance.now();
    const result = await bench().run("sh", `setsid sleep ${length} & echo done`);
    assert.deepEqual([result.exitCode, result.output], [0, "done\n"]);
    assert.ok(performance.now() - began < 5_000);
    assert.equal(await isAlive(length), false);
  });

  test("nothing is started when the signal is aborted already", async () => {
    const reason = new Cancelled("over", "It is over.");
    const started = bench().run("sh", "touch started", { signal: AbortSignal.abort(reason) });
    await assert.rejects(started, (error) => error === reason);
    assert.ok(!(await readdir(bench().workspace.root)).includes("started"));
  });

  test("R3: SIGKILL of m1p leaves nothing of its programs alive", async () => {
    const [plain, session] = [uniqueSleep(), uniqueSleep()];
    const script = path.join(import.meta.dirname, "../fixtures/sandbox-parent.ts");
    // Outside of a real sandbox a session of its own is out of reach when we are gone, and would be left behind.
    const child = kind === "unsafe-host-exec" ? "" : `setsid sleep ${session} & `;
    const parent = spawn(process.execPath, [script, kind, `echo ready; ${child}sleep ${plain}`], {
      stdio: ["ignore", "pipe", "inherit"],
      // What a killed process leaves lying about is thrown away with the bench.
      env: { ...process.env, TMPDIR: bench().folder },
    });
    let said = "";
    parent.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    while (!said.includes("ready")) await once(parent.stdout, "data");
    parent.kill("SIGKILL");
    await once(parent, "exit");
    assert.ok(await diesSoon(plain), "the program lives on");
    assert.ok(await diesSoon(session), "its child lives on");
  });
}
