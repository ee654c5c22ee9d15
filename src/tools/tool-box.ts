import type { z } from "zod";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import type { ToolResult } from "../events/tool-call.ts";
import type { StepExecution, ToolDeclaration, ToolExecutor } from "../steps/executors.ts";
import type { Tool } from "./tool.ts";
import type { Workspace } from "./workspace/workspace.ts";

export interface ToolBoxOptions {
  /** Throws `tool-twice` where two have one name. */
  readonly tools: readonly Tool[];
  /** The folder of the team whose tools these are. */
  readonly workspace: Workspace;
  readonly clock: Clock;
  /** Where tools keep what messages are to show. */
  readonly keep?: (bytes: Uint8Array) => Promise<string>;
}

type Arguments = Readonly<Record<string, unknown>>;

/**
 * The tools of one team, below the step door. Owns: which tools there are, and that arguments are good before a tool
 * sees them. Does not own: the workspace, the journal, when a call may happen. Invariant: each name is one tool's.
 */
export class ToolBox implements ToolExecutor {
  readonly #tools = new Map<string, Tool>();
  readonly #workspace: Workspace;
  readonly #clock: Clock;
  readonly #keep: ToolBoxOptions["keep"];

  constructor(options: ToolBoxOptions) {
    this.#workspace = options.workspace;
    this.#clock = options.clock;
    this.#keep = options.keep;
    for (const tool of options.tools) {
      if (this.#tools.has(tool.name)) {
        throw new UsageError("tool-twice", `Two tools are called "${tool.name}".`, { hint: "Rename one of them." });
      }
      this.#tools.set(tool.name, tool);
    }
  }

  declare(tool: string, args: Arguments): ToolDeclaration {
    const found = this.#find(tool);
    return found.declare(validated(found, args));
  }

  async execute(tool: string, args: Arguments, execution: StepExecution): Promise<ToolResult> {
    const found = this.#find(tool);
    const valid = validated(found, args);
    execution.signal.throwIfAborted();
    return await found.call(valid, {
      workspace: this.#workspace,
      signal: execution.signal,
      clock: this.#clock,
      live: (text) => execution.live({ type: "output-streamed", text }),
      idempotencyKey: "",
      ...(this.#keep ? { keep: this.#keep } : {}),
    });
  }

  async reopen(tool: string, signal: AbortSignal): Promise<boolean> {
    const session = this.#tools.get(tool)?.session;
    if (!session) return true;
    return (await session.reopen?.({ workspace: this.#workspace, clock: this.#clock, signal })) ?? false;
  }

  #find(name: string): Tool {
    const tool = this.#tools.get(name);
    if (tool) return tool;
    const known = [...this.#tools.keys()].join(", ") || "none";
    throw new UsageError("tool-unknown", `There is no tool "${name}".`, { hint: `The tools are: ${known}.` });
  }
}

/** The arguments as they were given, once they are known to be good: the tool parses them itself. */
function validated(tool: Tool, args: Arguments): Arguments {
  const parsed = tool.parameters.safeParse(args);
  if (parsed.success) return args;
  throw new UsageError("tool-arguments", `The arguments of "${tool.name}" are wrong: ${problems(parsed.error)}.`, {
    hint: "Correct the arguments and call it again.",
  });
}

function problems(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join(".")}: ${issue.message}` : issue.message))
    .join("; ");
}
