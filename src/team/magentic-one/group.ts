import type { OrchestratorMode } from "../../events/ledger.ts";
import { AgentRuntime, type Delivery, type Port } from "../../runtime/agent-runtime.ts";
import type { DeadLetter } from "../../runtime/dead-letter.ts";
import type { StepContext } from "../../steps/step-context.ts";
import type { TeamTask } from "../team.ts";
import type { Agent, Said } from "./agent.ts";
import { ORCHESTRATOR } from "./names.ts";
import { type Abridgement, type MessageLengths, Transcript } from "./transcript.ts";

/** What goes through the mailboxes of a team. */
type Mail =
  | { readonly type: "said"; readonly said: Said }
  | { readonly type: "forget" }
  | { readonly type: "abridge"; readonly abridgement: Abridgement }
  | { readonly type: "your-turn"; readonly mode: OrchestratorMode };

const GROUP = "group";

/**
 * Owns: the members of one team as agents of a runtime, each with its transcript. Does not own: who
 * acts when.
 * Invariants: 1. everything said reaches every member, in one order; 2. a member acts only when it is
 * its turn; 3. what nobody dealt with is reported; 4. after `stop` no member acts any more.
 */
export class Group {
  readonly #task: TeamTask;
  readonly #steps: StepContext;
  readonly #lengths: (() => MessageLengths) | undefined;
  readonly #runtime: AgentRuntime<Mail, Said | undefined>;
  readonly #port: Port<Mail, Said | undefined>;
  #reported: Promise<void> = Promise.resolve();

  /** `lengths`: how long messages may be in the members' conversations; unlimited where it is absent. */
  constructor(agents: readonly Agent[], task: TeamTask, steps: StepContext, lengths?: () => MessageLengths) {
    this.#task = task;
    this.#steps = steps;
    this.#lengths = lengths;
    this.#runtime = new AgentRuntime((letter) => this.#tellDeadLetter(letter));
    this.#port = this.#runtime.portOf(ORCHESTRATOR);
    for (const agent of agents) this.#join(agent);
  }

  /** Says something to all members; the Orchestrator keeps its own transcript. */
  say(said: Said): void {
    this.#port.publish(GROUP, { type: "said", said });
  }

  /** All members forget what was said: a new plan begins afresh. */
  forget(): void {
    this.#port.publish(GROUP, { type: "forget" });
  }

  /** Older messages appear in another way in all conversations from now on. */
  abridge(abridgement: Abridgement): void {
    this.#port.publish(GROUP, { type: "abridge", abridgement });
  }

  /** Gives a member its turn. Rejects with what it threw, or with the abort's reason at once. */
  async turnOf(name: string, mode: OrchestratorMode): Promise<Said> {
    const said = await this.#port.request(name, { type: "your-turn", mode }, { signal: this.#steps.signal });
    return said ?? { from: name, text: "" };
  }

  /** Resolves when all that was said has been heard, and dead letters have been reported. */
  async settle(): Promise<void> {
    await this.#runtime.idle();
    await this.#reported;
  }

  /** Stops all members. Does not wait for one that ignores its abort. */
  stop(): void {
    void this.#runtime.stop();
  }

  #join(agent: Agent): void {
    const transcript = new Transcript(agent.name, agent.instructions, this.#lengths);
    const steps = this.#steps.fork(agent.name);
    this.#runtime.register(agent.name, async ({ message, publish }: Delivery<Mail, Said | undefined>) => {
      if (message.type === "said") transcript.add(message.said);
      if (message.type === "forget") transcript.clear();
      if (message.type === "abridge") transcript.abridge(message.abridgement);
      if (message.type !== "your-turn") return undefined;
      const reply = await agent.respond({
        task: this.#task,
        messages: transcript.messages,
        all: transcript.all,
        get conversation() {
          return transcript.conversation;
        },
        mode: message.mode,
        steps,
      });
      const said: Said = { from: agent.name, ...reply };
      await steps.report({ type: "agent-spoke", agent: agent.name, text: said.text });
      transcript.add(said);
      publish(GROUP, { type: "said", said });
      return said;
    });
    this.#runtime.subscribe(GROUP, agent.name);
  }

  #tellDeadLetter({ to, reason }: DeadLetter<Mail>): void {
    // Of a team that is being stopped, nobody is left to be told.
    if (this.#steps.signal.aborted) return;
    const report = () => this.#steps.fork("DeadLetters").report({ type: "dead-letter-seen", to, reason });
    const reported = this.#reported.then(report);
    // `settle` passes a failure on; until then it must not count as unhandled.
    reported.catch(() => {});
    this.#reported = reported;
  }
}
