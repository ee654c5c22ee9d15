import { M1Error } from "../../base/errors.ts";
import type { OrchestratorMode, ProgressLedger } from "../../events/ledger.ts";
import type { LadderMemory } from "../../model/structured/ladder-memory.ts";
import type { StepContext } from "../../steps/step-context.ts";
import type { TeamTask } from "../team.ts";
import type { Agent } from "./agent.ts";
import type { Judgement } from "./judgement.ts";
import { canFollowRules } from "./members.ts";
import { askProgressLedger, type LedgerMode, nameMeant } from "./progress-ledger.ts";
import { judgeByRules, judgeByTurns } from "./rules-ledger.ts";
import type { Transcript } from "./transcript.ts";

export interface ProgressJudgeOptions {
  /** Under the Orchestrator's own keys. */
  readonly steps: StepContext;
  readonly request: string;
  /** The members beside the Orchestrator. */
  readonly agents: readonly Agent[];
  /** Who else the model may choose at this moment. */
  readonly also?: (transcript: Transcript) => readonly string[];
  readonly task: TeamTask;
  readonly mode: OrchestratorMode;
  readonly memory: LadderMemory;
}

/** So many unusable ledgers in a row, and the model is not asked in that form any more. */
const UNUSABLE_IN_A_ROW = 2;
/** Failures of one question rather than of the model: with another question it may well answer. */
const OF_THE_QUESTION = new Set(["reply-unusable", "model-refused", "model-too-long"]);

/**
 * Says after each turn where the work stands: by its model as long as that fills the ledger in, by
 * rules where it doesn't.
 * Owns: the Orchestrator's mode, and the count of failures by which it is demoted. Does not own: what
 * follows from a judgement.
 * Invariants: 1. there is always a judgement, unless the model cannot be reached; 2. the mode only
 * ever gets simpler; 3. in a turn that the rules lead for want of a ledger, nothing counts as satisfied.
 */
export class ProgressJudge {
  readonly #options: ProgressJudgeOptions;
  readonly #names: readonly string[];
  #mode: OrchestratorMode;
  #unusable = 0;

  constructor(options: ProgressJudgeOptions) {
    this.#options = options;
    this.#names = options.agents.map((agent) => agent.name);
    this.#mode = options.mode;
  }

  get mode(): OrchestratorMode {
    return this.#mode;
  }

  /**
   * `turn` is the turn that the judgement opens, if it opens one. Throws what ends the team: the model
   * cannot be reached, the team is stopped, the log fails.
   */
  async judge(transcript: Transcript, turn: number): Promise<Judgement> {
    if (this.#mode === "rules") return await this.#tell(this.#byRules(transcript), "rules", turn);
    const { steps, request, memory } = this.#options;
    const { conversation } = transcript;
    const names = this.#speakers(transcript);
    const mode = this.#mode;
    const answer = await askProgressLedger({ steps, conversation, request, names, mode, memory });
    if (answer.ok) {
      this.#unusable = 0;
      return await this.#tell(this.#byLedger(answer.ledger, transcript), mode, turn);
    }
    if (!OF_THE_QUESTION.has(answer.code)) throw new M1Error(answer.code, answer.problem, answer);
    this.#unusable += 1;
    if (this.#unusable < UNUSABLE_IN_A_ROW) {
      return await this.#tell(this.#withoutLedger(answer.problem, transcript), "rules", turn);
    }
    // Whom rules cannot lead stays with the simplest ledger; each unusable one is a stall, so the team ends all the same.
    if (mode === "short-ledger" && !canFollowRules(this.#options.agents))
      return await this.#tell(this.#withoutLedger(answer.problem, transcript), "rules", turn);
    await this.#demote(mode, answer.problem);
    return await this.judge(transcript, turn);
  }

  async #demote(mode: LedgerMode, problem: string): Promise<void> {
    this.#mode = mode === "full-ledger" ? "short-ledger" : "rules";
    this.#unusable = 0;
    const reason = `${UNUSABLE_IN_A_ROW} ledgers in a row were unusable; of the last: ${problem}`;
    await this.#options.steps.report({ type: "orchestrator-mode-changed", mode: this.#mode, reason });
  }

  async #tell(judgement: Judgement, mode: OrchestratorMode, turn: number): Promise<Judgement> {
    await this.#options.steps.report({ type: "progress-ledger-written", turn, ledger: judgement.ledger, mode });
    return judgement;
  }

  #speakers(transcript: Transcript): readonly string[] {
    return [...this.#names, ...(this.#options.also?.(transcript) ?? [])];
  }

  #byRules(transcript: Transcript): Judgement {
    const { agents, task } = this.#options;
    const { messages } = transcript;
    return canFollowRules(agents) ? judgeByRules(messages, task, agents) : judgeByTurns(messages, this.#names);
  }

  #byLedger(ledger: ProgressLedger, transcript: Transcript): Judgement {
    const { is_in_loop, is_progress_being_made, next_speaker } = ledger;
    const names = this.#speakers(transcript);
    // The rules look through the whole transcript: only where they are needed.
    const answer = nameMeant(next_speaker.answer, names) ?? this.#byRules(transcript).ledger.next_speaker.answer;
    const known = { ...ledger, next_speaker: { ...next_speaker, answer } };
    if (!is_progress_being_made.answer)
      return { ledger: known, stall: "rise", reason: because("no progress", is_progress_being_made) };
    if (is_in_loop.answer) return { ledger: known, stall: "rise", reason: because("in a loop", is_in_loop) };
    return { ledger: known, stall: "fall", reason: because("down by one, there is progress", is_progress_being_made) };
  }

  /** The rules say who goes on; a stall is counted, as for any turn that the Orchestrator doesn't lead. */
  #withoutLedger(problem: string, transcript: Transcript): Judgement {
    const { ledger } = this.#byRules(transcript);
    const reason = `ledger unusable: ${problem}`;
    return { ledger: { ...ledger, is_request_satisfied: { reason, answer: false } }, stall: "rise", reason };
  }
}

function because(what: string, { reason }: { readonly reason: string }): string {
  return reason.trim() === "" ? what : `${what}: ${reason.trim()}`;
}
