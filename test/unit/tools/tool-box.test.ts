import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { z } from "zod";
import { VirtualClock } from "../../../src/base/virtual-clock.ts";
import { Cancelled, UsageError } from "../../../src/base/errors.ts";
import { ToolBox } from "../../../src/tools/tool-box.ts";
import { defineTool } from "../../../src/tools/tool.ts";
import { makeWorkspace } from "./workspace-bench.ts";

const shout = defineTool({
  name: "shout",
  description: "Says it louder.",
  parameters: z.object({ text: z.string(), times: z.int().min(1).default(1) }),
  declare: ({ times }) =>
    times > 2 ? { effect: "external", egress: ["loud.example"] } : { effect: "read", egress: [] },
  async call({ text, times }, { live, workspace }) {
    live("shouting");
    return { text: text.toUpperCase().repeat(times), facts: { times, there: workspace.root !== "" } };
  },
});

const execution = { signal: new AbortController().signal, live: () => {} };

function withCode(code: string, ...words: RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.code, code);
    for (const word of words) assert.match(`${error.message} ${error.hint}`, word);
    return true;
  };
}

suite("tool box", () => {
  test("a tool is called with its arguments, defaults filled in, and shows what it shows", async () => {
    await using bench = await makeWorkspace();
    const box = new ToolBox({ tools: [shout], workspace: bench.workspace, clock: new VirtualClock() });
    const shown: unknown[] = [];
    const result = await box.execute("shout", { text: "hey" }, { ...execution, live: (event) => shown.push(event) });
    assert.deepEqual(result, { text: "HEY", facts: { times: 1, there: true } });
    assert.deepEqual(shown, [{ type: "output-streamed", text: "shouting" }]);
  });

  test("effect and egress are declared for each call", async () => {
    await using bench = await makeWorkspace();
    const box = new ToolBox({ tools: [shout], workspace: bench.workspace, clock: new VirtualClock() });
    assert.deepEqual(box.declare("shout", { text: "a" }), { effect: "read", egress: [] });
    assert.deepEqual(box.declare("shout", { text: "a", times: 3 }), { effect: "external", egress: ["loud.example"] });
  });

  test("an unknown tool and wrong arguments are told clearly, before anything runs", async () => {
    await using bench = await makeWorkspace();
    const box = new ToolBox({ tools: [shout], workspace: bench.workspace, clock: new VirtualClock() });
    assert.throws(() => box.declare("whisper", {}), withCode("tool-unknown", /whisper/, /shout/));
    assert.throws(() => box.declare("shout", { times: 0 }), withCode("tool-arguments", /text: .*string/, /times: /));
    await assert.rejects(box.execute("shout", { text: 1 }, execution), withCode("tool-arguments", /text/));
  });

  test("two tools of one name are refused", async () => {
    await using bench = await makeWorkspace();
    const { workspace } = bench;
    assert.throws(
      () => new ToolBox({ tools: [shout, shout], workspace, clock: new VirtualClock() }),
      withCode("tool-twice"),
    );
  });

  test("R3: nothing is called for a team that is stopped", async () => {
    await using bench = await makeWorkspace();
    const box = new ToolBox({ tools: [shout], workspace: bench.workspace, clock: new VirtualClock() });
    const reason = new Cancelled("stopped", "The team was stopped.");
    const call = box.execute("shout", { text: "a" }, { ...execution, signal: AbortSignal.abort(reason) });
    await assert.rejects(call, (error) => error === reason);
  });
});
