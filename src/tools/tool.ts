import type { z } from "zod";
import type { Clock } from "../base/clock.ts";
import type { ToolResult } from "../events/tool-call.ts";
import type { ToolDeclaration } from "../steps/executors.ts";
import type { Workspace } from "./workspace.ts";

/** What a tool's call is given of its surroundings. */
export interface ToolContext {
  /** The folder of the team that calls. */
  readonly workspace: Workspace;
  /** Aborted when the team is stopped: the call must let go of everything and reject with its reason. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Shows text while it comes; never logged. */
  readonly live: (text: string) => void;
}

/** A tool of which only the shape of its arguments has been forgotten, so that tools fit into one list. */
export interface Tool {
  /** What models and rules call it by: lower case with hyphens. */
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  readonly parameters: z.ZodType;
  /** What this very call does to the world and which hosts it may reach. The arguments have been validated. */
  declare(args: unknown): ToolDeclaration;
  /**
   * Does it. What a model can do something about (a missing file, a program's failure) is a result;
   * a throw means that the tool itself could not work. On abort it rejects with the signal's reason.
   */
  call(args: unknown, context: ToolContext): Promise<ToolResult>;
}

interface ToolDefinition<Parameters extends z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly parameters: Parameters;
  declare(args: z.output<Parameters>): ToolDeclaration;
  call(args: z.output<Parameters>, context: ToolContext): Promise<ToolResult>;
}

/** Makes a tool whose functions get their arguments typed, and validated by `parameters`. */
export function defineTool<Parameters extends z.ZodType>(definition: ToolDefinition<Parameters>): Tool {
  const { name, description, parameters } = definition;
  return {
    name,
    description,
    parameters,
    declare: (args) => definition.declare(parameters.parse(args)),
    call: (args, context) => definition.call(parameters.parse(args), context),
  };
}
