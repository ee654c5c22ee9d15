import { UsageError } from "../../base/errors.ts";
import type { OrchestratorMode } from "../../events/ledger.ts";
import type { ToolResult } from "../../events/tool-call.ts";
import type { Conversation } from "../../steps/conversation.ts";
import type { ModelCall, StepContext } from "../../steps/step-context.ts";
import type { TeamTask } from "../team.ts";
import type { Agent, AgentContext, AgentReply, Said } from "./agent.ts";

/** What an agent of a person's own has when its turn comes. */
export interface AgentTurn {
  /** What the Orchestrator asks of it now. */
  readonly instruction: string;
  readonly task: TeamTask;
  /** What was said since the last plan, oldest first; the last message is the instruction. */
  readonly messages: readonly Said[];
  /**
   * The same as its conversation with a model: its instructions, then what was said, its own words as the assistant's.
   */
  readonly conversation: Conversation;
  /** How the team is led now. */
  readonly mode: OrchestratorMode;
  /** Aborted when the team is stopped: whatever waits must end at once. */
  readonly signal: AbortSignal;
  /**
   * Asks the team's model: about the conversation as it stands, with a question after it, or something else
   * altogether. Gives the reply's text. Throws `StepFailed` when the model cannot be had, which costs the team a turn.
   */
  readonly model: (question?: string | ModelCall) => Promise<string>;
  /** Calls one of its tools. Throws `UsageError` (`tool-unnamed`) for one that its `tools` do not name. */
  readonly tool: (name: string, args: Readonly<Record<string, unknown>>) => Promise<ToolResult>;
  /** The way to models, tools and chance itself, under this agent's own keys. */
  readonly steps: StepContext;
}

/** An agent of a person's own: what `defineAgent` takes. */
export interface AgentDefinition extends Pick<Agent, "name" | "description" | "instructions" | "tools"> {
  /**
   * Does one turn; what it returns is said to all members. It reaches models, tools, time and chance through its turn
   * alone and keeps nothing between turns: then a killed run goes on, and nothing of it is done again.
   */
  act(turn: AgentTurn): Promise<string | AgentReply>;
  /**
   * Under `rules`, before the rules choose: the instruction with which its turn comes now, or undefined; see
   * `Agent.speaksUp`.
   */
  speaksUp?(messages: readonly Said[], task: TeamTask): string | undefined;
}

/**
 * An agent of your own for Magentic-One teams: `magenticOne({ agents: [...defaultAgents, mine] })`. The Orchestrator's
 * model chooses it by its name and description. Programs that it writes are not run: the ComputerTerminal runs the
 * Coder's alone. Throws `UsageError` (`agent-name`, `agent-description`).
 */
export function defineAgent(definition: AgentDefinition): Agent {
  const { name, description, instructions, tools = [] } = definition;
  assertNamed(definition);
  const respond = async (context: AgentContext): Promise<AgentReply> => {
    const said = await definition.act(turnOf(context, name, tools));
    return typeof said === "string" ? { text: said } : said;
  };
  return {
    name,
    description,
    ...(instructions === undefined ? {} : { instructions }),
    tools: [...tools],
    respond,
    ...(definition.speaksUp && { speaksUp: (messages, task) => definition.speaksUp?.(messages, task) }),
  };
}

function turnOf(context: AgentContext, name: string, tools: readonly string[]): AgentTurn {
  const { task, messages, mode, steps } = context;
  return {
    instruction: messages.at(-1)?.text ?? "",
    task,
    messages,
    get conversation() {
      return context.conversation;
    },
    mode,
    signal: steps.signal,
    model: async (question) => (await steps.model(callOf(question, context))).text,
    tool: async (tool, args) => {
      if (tools.includes(tool)) return await steps.tool({ tool, arguments: args });
      throw new UsageError("tool-unnamed", `${name} calls the tool "${tool}", which it does not name.`, {
        hint: `Name it: tools: ${JSON.stringify([...tools, tool])}.`,
      });
    },
    steps,
  };
}

function callOf(question: string | ModelCall | undefined, { conversation }: AgentContext): ModelCall {
  if (question === undefined) return { conversation };
  if (typeof question !== "string") return question;
  return { conversation: conversation.append({ role: "user", content: question }) };
}

/** Names go into step keys, prompts and the ledger's answers. */
function assertNamed({ name, description }: AgentDefinition): void {
  if (!/^\p{L}[\p{L}\p{N}_-]{0,39}$/u.test(name)) {
    throw new UsageError("agent-name", `An agent cannot be called ${JSON.stringify(name)}.`, {
      hint: "Take a letter, then letters, digits, _ or -, at most 40 in all: WebSurfer.",
    });
  }
  if (description.trim() === "" || description.includes("\n")) {
    throw new UsageError("agent-description", `The agent ${name} must say in one line what it can do.`, {
      hint: "The Orchestrator's model chooses it by its description.",
    });
  }
}
