import { hash } from "node:crypto";
import { functionTeam } from "../../src/team/adapters/function-team.ts";
import type { Team, TeamContext, TeamResult } from "../../src/team/team.ts";
import { Conversation } from "../../src/steps/conversation.ts";
import type { TeamEvent } from "../../src/events/run-event.ts";
import type { Life } from "./life.ts";
import { ObservedSteps } from "./observed-steps.ts";
import type { Branch, Op, Program } from "./program.ts";
import { MODEL } from "./simulated-model.ts";
import { argumentsOf, TOOL_NAMES } from "./tool-names.ts";

const LONGEST_CONVERSATION = 6;

/** A team that does what its program says, in one life of the run. */
export function teamOf(program: Program, life: Life): Team {
  const solve = (context: TeamContext) => new PlayedProgram(program, life, context.steps.signal).solve(context);
  return functionTeam("simulated", solve, { model: MODEL, tools: TOOL_NAMES });
}

/** What one line of a program's work has come to: all that it does next depends on it. */
class Trace {
  conversation = Conversation.empty;
  #digest = "";

  get digest(): string {
    return this.#digest;
  }

  add(text: string): void {
    this.#digest = hash("sha256", `${this.#digest}\n${text}`).slice(0, 12);
  }
}

class PlayedProgram {
  readonly #program: Program;
  readonly #life: Life;
  readonly #signal: AbortSignal;

  constructor(program: Program, life: Life, signal: AbortSignal) {
    this.#program = program;
    this.#life = life;
    this.#signal = signal;
  }

  async solve({ steps }: TeamContext): Promise<string | TeamResult> {
    const { team, deaf } = this.#program;
    try {
      return await this.#end(new ObservedSteps(steps, this.#life, team));
    } catch (error) {
      if (deaf && this.#signal.aborted) await new Promise(() => {});
      if (this.#life.isActing && !this.#signal.aborted) this.#life.world.notes.mayFail.add(team);
      throw error;
    }
  }

  async #end(steps: ObservedSteps): Promise<string | TeamResult> {
    const { end, ops, team } = this.#program;
    const trace = new Trace();
    await this.#play(ops, steps, trace, "");
    const said = { findings: trace.digest, reason: "It is simulated.", turns: 1 };
    switch (end.end) {
      case "answer":
        return await this.#answer(end, steps, trace);
      case "no-answer":
        return end.answer;
      case "gave-up":
      case "turn-limit":
        return { outcome: end.end, ...said };
      case "throws":
        throw new Error(`${team} fails.`);
      case "nonsense":
        this.#life.world.notes.mayFail.add(team);
        return { outcome: "answered" } as unknown as TeamResult;
      case "hangs":
        return await new Promise(() => {});
    }
  }

  async #answer(
    { answer, proposals, between }: Program["end"] & { end: "answer" },
    steps: ObservedSteps,
    trace: Trace,
  ): Promise<string> {
    for (let round = 1; round <= proposals; round += 1) {
      const reply = await steps.propose({ answer, findings: trace.digest, reason: "It is simulated.", turns: round });
      trace.add(JSON.stringify(reply));
      if (reply.kind === "accepted") break;
      await this.#play(between, steps, trace, `#${round}`);
    }
    return answer;
  }

  async #play(ops: readonly Op[], steps: ObservedSteps, trace: Trace, round: string): Promise<void> {
    for (const op of ops) await this.#drifting({ ...op, mark: `${op.mark}${round}` }, steps, trace);
  }

  /** Does it as it did it before, or otherwise where the program was changed meanwhile. */
  async #drifting(op: Op, steps: ObservedSteps, trace: Trace): Promise<void> {
    const { drift, team } = this.#program;
    if (!drift || drift.mark !== op.mark || this.#life.number < drift.from) return await this.#do(op, steps, trace, "");
    const { notes, witness } = this.#life.world;
    notes.mayFail.add(team);
    if (drift.how === "leaves-out") return;
    if (drift.how === "asks-otherwise") {
      const recorded = witness.firstLives.get(steps.nextKey);
      if (recorded !== undefined && recorded < drift.from) notes.mustFail.add(team);
      return await this.#do(op, steps, trace, " otherwise");
    }
    await this.#do({ op: "ask", mark: `${op.mark}+`, failing: "goes-on", long: false }, steps, trace, "");
    await this.#do(op, steps, trace, "");
  }

  async #do(op: Op, steps: ObservedSteps, trace: Trace, otherwise: string): Promise<void> {
    switch (op.op) {
      case "ask":
      case "use":
        return await this.#step(op, steps, trace, otherwise);
      case "tell":
        return await steps.report(told(op, `${trace.digest}${otherwise}`, otherwise.length));
      case "listen":
        return trace.add(JSON.stringify(await steps.inputs()));
      case "breathe":
        for (let turn = 0; turn < op.turns; turn += 1) await Promise.resolve();
        return;
      case "draw":
        return await this.#play(steps.random() < 0.5 ? op.low : op.high, steps, trace, "");
      case "all":
        return await this.#all(op.branches, steps, trace);
      case "first":
        return await this.#first(op.branches, steps, trace);
    }
  }

  async #step(op: Op & { op: "ask" | "use" }, steps: ObservedSteps, trace: Trace, otherwise: string): Promise<void> {
    try {
      trace.add(op.op === "ask" ? await this.#ask(op, steps, trace, otherwise) : await this.#use(op, steps, otherwise));
    } catch (error) {
      if (this.#signal.aborted || op.failing === "throws") throw error;
      trace.add(String(error));
    }
  }

  async #ask(op: Op & { op: "ask" }, steps: ObservedSteps, trace: Trace, otherwise: string): Promise<string> {
    const { mark, long } = op;
    const content = `${mark}${otherwise} after ${trace.digest}${long ? " and at length".repeat(30) : ""}`;
    const before = trace.conversation.length >= LONGEST_CONVERSATION ? Conversation.empty : trace.conversation;
    const conversation = before.append({ role: "user", name: mark, content });
    const { text } = await steps.model({ conversation });
    trace.conversation = conversation.append({ role: "assistant", content: text });
    return text;
  }

  async #use(op: Op & { op: "use" }, steps: ObservedSteps, otherwise: string): Promise<string> {
    const { tool, mark, subject } = op;
    const { text } = await steps.tool({ tool, arguments: argumentsOf(tool, mark, `${subject}${otherwise}`) });
    return text;
  }

  async #all(branches: readonly Branch[], steps: ObservedSteps, trace: Trace): Promise<void> {
    const done = await Promise.all(branches.map((branch) => this.#branch(branch, steps, trace.digest)));
    for (const each of done) trace.add(each);
  }

  /** Goes on with whichever is first; the others work on beside it. */
  async #first(branches: readonly Branch[], steps: ObservedSteps, trace: Trace): Promise<void> {
    const racing = branches.map((branch) => this.#branch(branch, steps, trace.digest));
    for (const each of racing) each.catch(() => {});
    trace.add(await Promise.race(racing));
  }

  async #branch({ name, ops }: Branch, steps: ObservedSteps, before: string): Promise<string> {
    const trace = new Trace();
    trace.add(before);
    await this.#play(ops, steps.fork(name), trace, "");
    return `${name}: ${trace.digest}`;
  }
}

function told({ mark, turn }: Op & { op: "tell" }, text: string, more: number): TeamEvent {
  if (turn !== undefined) return { type: "turn-started", turn: turn + more };
  return { type: "agent-spoke", agent: mark, text };
}
