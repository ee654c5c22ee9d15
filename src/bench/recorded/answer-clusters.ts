import { normaliseAnswer } from "../../answers/normalise.ts";
import { isRealAnswer } from "../../answers/real-answer.ts";

/** Owns: which answers to a task were the same so far, each under a number. */
export class AnswerClusters {
  readonly #numbers = new Map<string, number>();

  /** What a recorded run says of an answer: its number, the same for the same answer, and whether it is a give-up. */
  of(task: string, outcome: string, answer: string | undefined): { answer_cluster: number | null; abstain: boolean } {
    if (outcome !== "answered" || answer === undefined || !isRealAnswer(answer)) {
      return { answer_cluster: null, abstain: true };
    }
    const form = JSON.stringify([task, normaliseAnswer(answer)]);
    const number = this.#numbers.get(form) ?? this.#numbers.size;
    this.#numbers.set(form, number);
    return { answer_cluster: number, abstain: false };
  }
}
