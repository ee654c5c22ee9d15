import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { realClock } from "../../../src/base/clock.ts";
import { Cancelled } from "../../../src/base/errors.ts";
import { openSandbox } from "../../../src/tools/sandbox/open-sandbox.ts";
import type { Sandbox, SandboxRequest, SandboxResult } from "../../../src/tools/sandbox/sandbox.ts";
import { terminalTool } from "../../../src/tools/terminal.ts";
import { ToolBox } from "../../../src/tools/tool-box.ts";
import { makeWorkspace } from "./workspace-bench.ts";

const ENDED: SandboxResult = {
  exitCode: 0,
  output: "",
  outputCut: false,
  timedOut: false,
  endedBy: undefined,
};

/** A sandbox that runs nothing and answers as it is told. */
function pretend(result: Partial<SandboxResult>): Sandbox & { readonly asked: SandboxRequest[] } {
  const asked: SandboxRequest[] = [];
  const run = (request: SandboxRequest) => {
    asked.push(request);
    return Promise.resolve({ ...ENDED, ...result });
  };
  return { kind: "bubblewrap", asked, run };
}

const execution = { signal: new AbortController().signal, live: () => {} };

async function textOf(result: Partial<SandboxResult>): Promise<string> {
  await using bench = await makeWorkspace();
  const tools = [terminalTool({ sandbox: pretend(result) })];
  const box = new ToolBox({ tools, workspace: bench.workspace, clock: realClock });
  return (await box.execute("terminal", { language: "sh", code: "true" }, execution)).text;
}

suite("terminal", () => {
  test("each language and its other names run by their program", async () => {
    await using bench = await makeWorkspace();
    const sandbox = pretend({ output: "42\n" });
    const box = new ToolBox({ tools: [terminalTool({ sandbox })], workspace: bench.workspace, clock: realClock });
    for (const language of ["python", "py", "Python3", "javascript", "js", "sh", "bash", "shell"]) {
      const { facts } = await box.execute("terminal", { language, code: "x" }, execution);
      assert.deepEqual([facts["exitCode"], facts["printed"]], [0, true]);
    }
    const programs = sandbox.asked.map(({ argv }) => argv[0].replace("bash", "sh"));
    assert.deepEqual(programs, ["python3", "python3", "python3", "node", "node", "sh", "sh", "sh"]);
    assert.throws(() => box.declare("terminal", { language: "cobol", code: "" }), /tool-arguments|language/);
  });

  test("it changes the workspace only and reaches no host", async () => {
    await using bench = await makeWorkspace();
    const box = new ToolBox({
      tools: [terminalTool({ sandbox: pretend({}) })],
      workspace: bench.workspace,
      clock: realClock,
    });
    assert.deepEqual(box.declare("terminal", { language: "sh", code: "rm -rf /" }), {
      effect: "workspace",
      egress: [],
    });
  });

  test("a success is its output; a failure says its code; an end from outside says why", async () => {
    assert.equal(await textOf({ output: "42\n" }), "42\n");
    assert.equal(await textOf({ output: "" }), "");
    assert.equal(await textOf({ exitCode: 1, output: "Boom\n" }), "The program failed with exit code 1.\nBoom\n");
    assert.match(await textOf({ exitCode: 139 }), /segmentation fault/);
    const ended = { exitCode: null, output: "part\n" };
    assert.equal(
      await textOf({ ...ended, endedBy: "time", timedOut: true }),
      "The program was stopped: it ran longer than 120 seconds.\npart\n",
    );
    assert.match(await textOf({ ...ended, endedBy: "memory" }), /more than 2048 MiB of memory/);
    assert.match(await textOf({ ...ended, endedBy: "processes" }), /more than 128 processes/);
    assert.match(await textOf({ ...ended, endedBy: "output" }), /printed without end/);
  });

  test("R3: a cancelled team's `sleep 60` is dead when the call rejects, within 0.5 s", async () => {
    await using bench = await makeWorkspace();
    const sandbox = await openSandbox({
      toolchain: { node: process.execPath },
      clock: realClock,
      environment: process.env,
    });
    const box = new ToolBox({ tools: [terminalTool({ sandbox })], workspace: bench.workspace, clock: realClock });
    const abort = new AbortController();
    const begun = Promise.withResolvers<void>();
    const reason = new Cancelled("lost", "Another team was first.");
    const call = box.execute(
      "terminal",
      { language: "sh", code: "echo begun; sleep 60" },
      { signal: abort.signal, live: () => begun.resolve() },
    );
    await begun.promise;
    const from = performance.now();
    abort.abort(reason);
    await assert.rejects(call, (error) => error === reason);
    assert.ok(performance.now() - from < 500);
  });

  test("code in all three languages runs in the team's folder", async () => {
    await using bench = await makeWorkspace();
    const sandbox = await openSandbox({
      toolchain: { node: process.execPath },
      clock: realClock,
      environment: process.env,
    });
    const box = new ToolBox({ tools: [terminalTool({ sandbox })], workspace: bench.workspace, clock: realClock });
    const run = (language: string, code: string) => box.execute("terminal", { language, code }, execution);
    await run("python", "open('from-python.txt', 'w').write('py')");
    await run("js", "require('fs').writeFileSync('from-node.txt', 'js')");
    assert.equal((await run("sh", "cat from-*.txt")).text, "jspy");
    const failed = await run("python", "print(len(5))");
    assert.deepEqual([failed.facts["exitCode"], failed.facts["language"]], [1, "python"]);
    assert.match(
      failed.text,
      /^The program failed with exit code 1\.\n[\s\S]*line 1[\s\S]*print\(len\(5\)\)[\s\S]*TypeError/,
    );
  });
});
