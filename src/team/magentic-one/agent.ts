import type { ToolResult } from "../../events/tool-call.ts";
import type { OrchestratorMode } from "../../events/ledger.ts";
import type { Conversation } from "../../steps/conversation.ts";
import type { StepContext } from "../../steps/step-context.ts";
import type { TeamTask } from "../team.ts";

/** Something said in the group. Everybody hears everything. */
export interface Said {
  readonly from: string;
  /** Who is asked, where it is an instruction. */
  readonly to?: string;
  readonly text: string;
  /** What rules go by: an exit code, say. `failed` is true where the agent could not do its turn. */
  readonly facts?: ToolResult["facts"];
}

/** What an agent has when its turn comes. */
export interface AgentContext {
  readonly task: TeamTask;
  /** What was said since the last plan, oldest first; the last message is the instruction. */
  readonly messages: readonly Said[];
  /** All that was said since the team began; message n is the n-th. */
  readonly all: readonly Said[];
  /**
   * What was said since the last plan as this agent's conversation with a model: its instructions, then what was
   * said, its own words as the assistant's. Where that would not fit the model's window, older messages are abridged.
   */
  readonly conversation: Conversation;
  /** How the team is led. Under `rules` the model is not trusted with more than a program and a phrase. */
  readonly mode: OrchestratorMode;
  /** The way to models and tools, under this agent's own keys. */
  readonly steps: StepContext;
}

/**
 * A member of a Magentic-One team. It keeps no state: what it may go by is in its context.
 * A failed step or a wrong call (`StepFailed`, `UsageError`) costs the team a turn; any other throw ends the team.
 */
export interface Agent {
  readonly name: string;
  /** One line for the Orchestrator: what it can do, and what it can't. */
  readonly description: string;
  /** The system message of its conversation, for agents that ask a model. */
  readonly instructions?: string;
  /** The tools that it calls, by name. The team's description has those of all its members. */
  readonly tools?: readonly string[];
  /**
   * Asked under `rules`, where no model chooses the next speaker, before the rules choose: the instruction with which
   * its turn comes now, or undefined. It must follow from what was said alone, so that a resumed run takes the same
   * way.
   */
  speaksUp?(messages: readonly Said[], task: TeamTask): string | undefined;
  /** Does one turn. What it returns is said to all members. On abort it rejects with the signal's reason. */
  respond(context: AgentContext): Promise<AgentReply>;
}

/** What an agent says at the end of its turn. */
export type AgentReply = Pick<Said, "text" | "facts">;
