import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import { Cancelled, UsageError } from "../../src/base/errors.ts";
import { effectSchema } from "../../src/events/tool-call.ts";
import { DocumentShelf } from "../../src/tools/documents/document-shelf.ts";
import { findInFileTool } from "../../src/tools/files/find-in-file.ts";
import { listFilesTool } from "../../src/tools/files/list-files.ts";
import { readFileTool } from "../../src/tools/files/read-file.ts";
import { searchFilesTool } from "../../src/tools/files/search-files.ts";
import { viewImageTool } from "../../src/tools/files/view-image.ts";
import { openSandbox } from "../../src/tools/sandbox/open-sandbox.ts";
import { terminalTool } from "../../src/tools/terminal.ts";
import { ToolBox } from "../../src/tools/tool-box.ts";
import type { Tool } from "../../src/tools/tool.ts";
import { makeWorkspace } from "../unit/tools/workspace-bench.ts";

interface Sample {
  readonly tool: Tool;
  readonly good: Readonly<Record<string, unknown>>;
  readonly bad: Readonly<Record<string, unknown>>;
}

const toolchain = { node: process.execPath };
const sandbox = await openSandbox({ toolchain, clock: realClock, environment: process.env });

const shelf = new DocumentShelf();

const SAMPLES: readonly Sample[] = [
  { tool: terminalTool({ sandbox }), good: { language: "sh", code: "echo hi" }, bad: { language: "sh" } },
  { tool: listFilesTool, good: {}, bad: {} },
  { tool: readFileTool(shelf), good: { path: "missing.txt" }, bad: { path: "a.txt", page: 0 } },
  { tool: findInFileTool(shelf), good: { path: "missing.txt", query: "x" }, bad: { path: "a.txt", query: " " } },
  { tool: searchFilesTool(shelf), good: { query: "x" }, bad: {} },
  { tool: viewImageTool(shelf), good: { path: "missing.png" }, bad: { path: "" } },
];

for (const { tool, good, bad } of SAMPLES) {
  suite(`the tool ${tool.name}`, () => {
    test("it is named and described for a model", () => {
      assert.match(tool.name, /^[a-z]+(-[a-z]+)*$/);
      assert.match(tool.description, /^[A-Z].*\.$/s);
    });

    test("it declares an effect and hosts for good arguments, the same each time", async () => {
      await using bench = await makeWorkspace();
      const box = new ToolBox({ tools: [tool], workspace: bench.workspace, clock: realClock });
      const declared = box.declare(tool.name, good);
      assert.ok(effectSchema.safeParse(declared.effect).success);
      assert.deepEqual(box.declare(tool.name, good), declared);
    });

    // list-files takes no arguments that could be wrong.
    if (tool !== listFilesTool) {
      test("wrong arguments are a UsageError", async () => {
        await using bench = await makeWorkspace();
        const box = new ToolBox({ tools: [tool], workspace: bench.workspace, clock: realClock });
        assert.throws(
          () => box.declare(tool.name, bad),
          (error) => error instanceof UsageError && error.code === "tool-arguments",
        );
      });
    }

    test("its result is text and facts", async () => {
      await using bench = await makeWorkspace();
      const box = new ToolBox({ tools: [tool], workspace: bench.workspace, clock: realClock });
      const result = await box.execute(tool.name, good, { signal: new AbortController().signal, live: () => {} });
      assert.ok(result.text.length > 0);
      assert.ok(Object.keys(result.facts).length > 0);
    });

    test("R3: a stopped team's call rejects with the reason", async () => {
      await using bench = await makeWorkspace();
      const box = new ToolBox({ tools: [tool], workspace: bench.workspace, clock: realClock });
      const reason = new Cancelled("stopped", "Stopped.");
      const call = box.execute(tool.name, good, { signal: AbortSignal.abort(reason), live: () => {} });
      await assert.rejects(call, (error) => error === reason);
    });
  });
}
