import { UsageError } from "../../base/errors.ts";
import type { LadderMemory } from "../../model/structured/ladder-memory.ts";
import type { Agent } from "./agent.ts";
import { coder } from "./agents/coder.ts";
import { computerTerminal } from "./agents/computer-terminal.ts";
import { fileSurfer } from "./agents/file-surfer.ts";
import { ARCHIVE, CODER, COMPUTER_TERMINAL, FILE_SURFER, ORCHESTRATOR, RUN, TASK_LEDGER, USER } from "./names.ts";

/** The members that a team has unless it is said otherwise, by their names. */
export const defaultAgents = [CODER, COMPUTER_TERMINAL, FILE_SURFER] as const;
/** An agent that comes with m1-parallel, by its name. */
export type DefaultAgent = (typeof defaultAgents)[number];

/** A member of a team: one that comes with m1-parallel, or one of a person's own. */
export type Member = DefaultAgent | Agent;

/** Speakers that are no members: nobody may be mistaken for them. `DeadLetters` has keys of its own in the log. */
const TAKEN = [ORCHESTRATOR, ARCHIVE, TASK_LEDGER, USER, RUN, "DeadLetters", "answer", "inputs"];
/** The tools of those that come with m1-parallel. */
const TOOLS: Readonly<Record<DefaultAgent, readonly string[]>> = {
  [CODER]: [],
  [COMPUTER_TERMINAL]: ["terminal"],
  [FILE_SURFER]: ["list-files", "read-file", "find-in-file", "search-files", "view-image"],
};

/** What the members need of their team. */
export interface MemberNeeds {
  readonly temperature: number;
  readonly memory: LadderMemory;
  /** Whether the team's model sees; undefined where that is unknown. */
  readonly vision: boolean | undefined;
  /** How many tokens fit into it. */
  readonly window: number;
}

/** The agents themselves, for one team at work on one task. */
export function agentsOf(members: readonly Member[], { temperature, ...surfing }: MemberNeeds): readonly Agent[] {
  return members.map((member) => {
    if (typeof member !== "string") return member;
    if (member === CODER) return coder(temperature);
    return member === COMPUTER_TERMINAL ? computerTerminal : fileSurfer(surfing);
  });
}

function nameOf(member: Member): string {
  return typeof member === "string" ? member : member.name;
}

/** The tools of all members, each once. */
export function toolsOf(members: readonly Member[]): string[] {
  const named = members.flatMap((member) => (typeof member === "string" ? TOOLS[member] : (member.tools ?? [])));
  return [...new Set(named)];
}

/** Whether rules can lead them: they have a program written and run. */
export function canFollowRules(members: readonly Member[]): boolean {
  const names = members.map(nameOf);
  return names.includes(CODER) && names.includes(COMPUTER_TERMINAL);
}

/**
 * Throws `UsageError`: `agent-unknown`, `agent-twice` where a model could take two names for one, `agent-name` where
 * one is somebody else's, `agents-none`.
 */
export function assertMembers(members: readonly Member[]): void {
  if (members.length === 0) throw new UsageError("agents-none", "A Magentic-One team needs at least one agent.");
  const known = new Map<string, string>(TAKEN.map((name) => [bare(name), name]));
  for (const member of members) {
    const name = nameOf(member);
    if (typeof member === "string" && !Object.hasOwn(TOOLS, member)) throw unknown(member);
    const other = known.get(bare(name));
    if (other !== undefined && TAKEN.includes(other)) {
      throw new UsageError("agent-name", `An agent cannot be called "${name}": that is what ${other} is called.`);
    }
    if (other !== undefined) {
      throw new UsageError("agent-twice", `Two agents of one team are called "${other}" and "${name}".`, {
        hint: "Models must be able to tell them apart. To put yours in the place of one, leave that one out.",
      });
    }
    known.set(bare(name), name);
  }
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

function unknown(name: string): UsageError {
  return new UsageError("agent-unknown", `There is no agent "${name}".`, {
    hint: `Those that come with m1-parallel are ${defaultAgents.join(", ")}; one of your own is given itself: defineAgent({ … }).`,
  });
}
