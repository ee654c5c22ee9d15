import { describeError, M1Error, UsageError } from "../../base/errors.ts";
import type { ProgressLedger, TaskLedger } from "../../events/ledger.ts";
import type { LadderMemory } from "../../model/structured/ladder-memory.ts";
import { Conversation } from "../../steps/conversation.ts";
import type { Proposal, StepContext } from "../../steps/step-context.ts";
import { StepFailed } from "../../steps/step-failed.ts";
import type { TeamResult, TeamTask } from "../team.ts";
import type { Said } from "./agent.ts";
import { askAnswerFromOutput } from "./ask-answer-from-output.ts";
import { askFinalAnswer } from "./ask-final-answer.ts";
import { askFormedAnswer, type FormedReply } from "./ask-formed-answer.ts";
import type { Compaction } from "./compaction.ts";
import { findingsOf } from "./findings.ts";
import type { Group } from "./group.ts";
import type { Judgement } from "./judgement.ts";
import { ORCHESTRATOR, RUN, TASK_LEDGER, USER } from "./names.ts";
import type { ProgressJudge } from "./progress-judge.ts";
import { rejectionText } from "./prompts/acceptance.ts";
import { finalAnswerPrompt } from "./prompts/final-answer.ts";
import { rulesFinalMessages } from "./prompts/rules.ts";
import { orchestratorInstructions, taskLedgerText } from "./prompts/orchestrator.ts";
import { rulesWork, UNSUPPORTED } from "./rules-work.ts";
import { firstTaskLedger, nextTaskLedger, rulesTaskLedger } from "./task-ledger.ts";
import { Transcript } from "./transcript.ts";

export interface OrchestratorOptions {
  readonly task: TeamTask;
  /** The task as models read it. */
  readonly request: string;
  /** The same as questions repeat it: cut where it is long. */
  readonly reminder: string;
  /** The team as models read it. */
  readonly roster: string;
  readonly group: Group;
  readonly judge: ProgressJudge;
  readonly compaction: Compaction;
  /** How the model can be held to a form. */
  readonly memory: LadderMemory;
  /** Under the Orchestrator's own keys. */
  readonly steps: StepContext;
  /** Agents' turns at the most. */
  readonly maxTurns: number;
  /** Stalls at which a new plan is made. */
  readonly maxStalls: number;
  readonly maxReplans: number;
}

/** So many failed turns in a row, and the team cannot work. */
const FAILED_TURNS_IN_A_ROW = 3;
/** So many answers that were not accepted, and more of the same would come. */
const MOST_REJECTIONS = 4;
/** With these the next turn would fail as well: nobody is there, or nobody lets us in. */
const UNREACHABLE = new Set(
  "model-network model-refused-key model-unknown model-quota model-redirected script-unexpected".split(" "),
);

/**
 * Leads a team, after Magentic-One (arXiv 2411.04468): outer loop facts and plan, inner loop progress
 * ledger and one agent's turn.
 * Owns: the task ledger, the counters of turns, stalls and re-plans. Does not own: the agents' work,
 * the judgement of it.
 * Invariants: 1. at most `maxTurns` agents' turns; 2. at most `maxReplans` re-plans, so every loop
 * ends; 3. a failed turn does not end the team; an unreachable model and a fault in an agent do.
 */
export class Orchestrator {
  readonly #options: OrchestratorOptions;
  readonly #transcript: Transcript;
  #ledger: TaskLedger = { facts: "", plan: "" };
  /** The judgement of last time. */
  #progress: ProgressLedger | undefined;
  #turns = 0;
  #stalls = 0;
  #replans = 0;
  #failedTurns = 0;
  #rejections = 0;
  #lastTurn: number;

  constructor(options: OrchestratorOptions) {
    this.#options = options;
    this.#lastTurn = options.maxTurns;
    const { roster, request, compaction } = options;
    this.#transcript = new Transcript(ORCHESTRATOR, orchestratorInstructions(roster, request), compaction.lengths);
  }

  /** Works until there is an answer, a give-up or the turn limit. Throws where the model cannot be had. */
  async solve(): Promise<TeamResult> {
    const { judge, maxTurns, maxStalls, maxReplans } = this.#options;
    await this.#adopt(await this.#firstLedger());
    for (;;) {
      await this.#hear();
      await this.#makeRoom();
      const judgement = await judge.judge(this.#transcript, this.#turns + 1);
      this.#progress = judgement.ledger;
      const { is_request_satisfied, next_speaker, instruction_or_question } = judgement.ledger;
      if (is_request_satisfied.answer) {
        const result = await this.#finish(is_request_satisfied.reason);
        if (result) return result;
        continue;
      }
      if (this.#turns >= this.#lastTurn)
        return this.#unanswered("turn-limit", `The limit of ${maxTurns} turns was reached.`);
      await this.#count(judgement);
      if (this.#stalls < maxStalls) await this.#turn(next_speaker.answer, instruction_or_question.answer);
      else if (this.#replans < maxReplans) await this.#replan();
      else return this.#unanswered("gave-up", `Stalled again after ${maxReplans} new plans (${judgement.reason}).`);
    }
  }

  async #firstLedger(): Promise<TaskLedger> {
    const { judge, steps, task } = this.#options;
    if (judge.mode === "rules") return rulesTaskLedger(task);
    return await firstTaskLedger(steps, this.#transcript.conversation);
  }

  async #replan(): Promise<void> {
    const { judge, steps, task } = this.#options;
    const ledger =
      judge.mode === "rules"
        ? rulesTaskLedger(task)
        : await nextTaskLedger(steps, this.#transcript.conversation, this.#ledger);
    this.#replans += 1;
    this.#stalls = 0;
    await this.#adopt(ledger);
  }

  /** A new plan is a fresh start: everybody forgets what was said and is given the task ledger. */
  async #adopt(ledger: TaskLedger): Promise<void> {
    const { request, roster, group, steps, compaction } = this.#options;
    this.#ledger = ledger;
    await steps.report({ type: "task-ledger-written", ledger, replan: this.#replans });
    group.forget();
    this.#transcript.clear();
    compaction.forget();
    this.#say({ from: TASK_LEDGER, text: taskLedgerText(request, roster, ledger.facts, ledger.plan) });
  }

  /** Where the conversation has become long for the model, older messages give way, for all members alike. */
  async #makeRoom(): Promise<void> {
    const { compaction, judge, group } = this.#options;
    const abridgement = await compaction.makeRoom(this.#transcript, this.#progress, judge.mode);
    if (abridgement) group.abridge(abridgement);
  }

  async #count({ stall, reason }: Judgement): Promise<void> {
    const before = this.#stalls;
    if (stall === "rise") this.#stalls += 1;
    if (stall === "fall") this.#stalls = Math.max(0, this.#stalls - 1);
    if (this.#stalls === before) return;
    const { maxStalls: limit, steps } = this.#options;
    await steps.report({ type: "stall-counted", stalls: this.#stalls, limit, reason });
  }

  async #turn(speaker: string, instruction: string): Promise<void> {
    const { group, judge, steps } = this.#options;
    this.#turns += 1;
    await steps.report({ type: "turn-started", turn: this.#turns });
    await steps.report({ type: "agent-spoke", agent: ORCHESTRATOR, to: speaker, text: instruction });
    this.#say({ from: ORCHESTRATOR, to: speaker, text: instruction });
    try {
      this.#transcript.add(await group.turnOf(speaker, judge.mode));
      this.#failedTurns = 0;
    } catch (error) {
      await this.#failTurn(speaker, error);
    }
  }

  /** The team is told of a failed turn and goes on, unless nothing would come of that. */
  async #failTurn(speaker: string, error: unknown): Promise<void> {
    const { steps } = this.#options;
    if (steps.signal.aborted || !isOfOneTurn(error)) throw error;
    this.#failedTurns += 1;
    const problem = describeError(error);
    if (this.#failedTurns >= FAILED_TURNS_IN_A_ROW) {
      const message = `${FAILED_TURNS_IN_A_ROW} turns in a row failed, the last one ${speaker}'s: ${problem}`;
      const { code, hint } = error;
      throw new M1Error(code, message, { cause: error, ...(hint === undefined ? {} : { hint }) });
    }
    const text = `I could not do this: ${problem}`;
    await steps.report({ type: "agent-spoke", agent: speaker, text });
    this.#say({ from: speaker, text, facts: { failed: true } });
  }

  /** Undefined where the work is to go on: under rules, an answer must stand on what a program printed. */
  async #finish(reason: string): Promise<TeamResult | undefined> {
    const { steps, group } = this.#options;
    const output = this.#outputToAnswerFrom();
    const { answer, text, problem } = await this.#askAnswer(output);
    const unsupported = answer === undefined && output !== undefined;
    await steps.report({ type: "agent-spoke", agent: ORCHESTRATOR, text });
    this.#say({ from: ORCHESTRATOR, text, ...(unsupported ? { facts: { [UNSUPPORTED]: true } } : {}) });
    if (unsupported) return undefined;
    await group.settle();
    if (answer === undefined) {
      const said = problem === undefined ? "Asked twice, the model named no final answer." : misshapen(problem);
      return this.#unanswered("gave-up", said);
    }
    const why = reason.trim() || "The request is satisfied.";
    return await this.#propose({ answer, findings: text, reason: why, turns: this.#turns });
  }

  /** Undefined where the work is to go on with what was said of the answer. */
  async #propose(proposal: Proposal): Promise<TeamResult | undefined> {
    const reply = await this.#options.steps.propose(proposal);
    if (reply.kind === "accepted") return { outcome: "answered", ...proposal };
    if (reply.kind === "continued") {
      await this.#goOn(reply.text);
      return undefined;
    }
    this.#rejections += 1;
    if (this.#rejections >= MOST_REJECTIONS) {
      return this.#unanswered(
        "gave-up",
        `Its answers were not accepted, the last one for this reason: ${reply.reason}`,
      );
    }
    // Under rules this also makes the attempt a failed one, so that the Coder begins afresh.
    this.#say({
      from: ORCHESTRATOR,
      text: rejectionText(proposal.answer, reply.reason),
      facts: { [UNSUPPORTED]: true },
    });
    return undefined;
  }

  /** A person goes on from the answer: with all that was said in view, and turns, stalls and plans of its own. */
  async #goOn(text: string): Promise<void> {
    const { judge, task } = this.#options;
    this.#refresh();
    // Rules go by the work since the last plan: the new question begins anew.
    if (judge.mode === "rules") await this.#adopt(rulesTaskLedger(task));
    this.#say({ from: USER, text });
  }

  #refresh(): void {
    this.#lastTurn = this.#turns + this.#options.maxTurns;
    this.#stalls = 0;
    this.#replans = 0;
    this.#rejections = 0;
  }

  /** What has come for the team since the last turn. A person who says something wants more work done. */
  async #hear(): Promise<void> {
    for (const input of await this.#options.steps.inputs()) {
      if (input.kind === "message") this.#refresh();
      this.#say({ from: input.kind === "message" ? USER : RUN, text: input.text });
    }
  }

  /** Under rules, what the program printed that ended the work. */
  #outputToAnswerFrom(): string | undefined {
    if (this.#options.judge.mode !== "rules") return undefined;
    return rulesWork(this.#transcript.messages).attempts.at(-1)?.output;
  }

  async #askAnswer(output: string | undefined): Promise<FormedReply> {
    const { task, reminder, steps, memory } = this.#options;
    const form = task.answer;
    if (output !== undefined) return await this.#answerFrom(output);
    const question = { role: "user", content: finalAnswerPrompt(reminder, form?.rules) } as const;
    const conversation = this.#transcript.conversation.append(question);
    return form ? askFormedAnswer(steps, conversation, { form, memory }) : askFinalAnswer(steps, conversation);
  }

  /** Under rules. A JSON value or a file is more than a small model's short answer: it is asked for with its form. */
  async #answerFrom(output: string): Promise<FormedReply> {
    const { task, steps, memory } = this.#options;
    const form = task.answer;
    if (form && form.kind !== "number" && form.kind !== "list") {
      const conversation = Conversation.of(...rulesFinalMessages(`${task.prompt}\n${form.demand}`, output));
      return await askFormedAnswer(steps, conversation, { form, memory });
    }
    const reply = await askAnswerFromOutput(steps, task.prompt, output);
    if (!form || reply.answer === undefined) return reply;
    const read = form.read(reply.answer);
    return { answer: read.ok ? read.text : undefined, text: reply.text };
  }

  #unanswered(outcome: "gave-up" | "turn-limit", reason: string): TeamResult {
    const findings = findingsOf(this.#ledger, this.#transcript.messages);
    return { outcome, findings, reason, turns: this.#turns };
  }

  #say(said: Said): void {
    this.#transcript.add(said);
    this.#options.group.say(said);
  }
}

function misshapen(problem: string): string {
  return `The model's answer was not in the form that is wanted, however often it was asked: ${problem}.`;
}

/**
 * Whether an error is one turn's own: a step that failed, a wrong call. Any other is a fault in the program, not news
 * for the team.
 */
function isOfOneTurn(error: unknown): error is StepFailed | UsageError {
  if (error instanceof StepFailed) return !UNREACHABLE.has(error.code);
  return error instanceof UsageError;
}
