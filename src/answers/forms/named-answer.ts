import { extractFinalAnswer } from "../../team/final-answer.ts";

/** The answer in what was said: what it names as its FINAL ANSWER, else all of it. */
export function namedAnswer(said: string): string {
  return (extractFinalAnswer(said) ?? said).trim();
}
