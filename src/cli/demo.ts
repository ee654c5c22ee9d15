import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { UsageError } from "../base/errors.ts";
import { installedModels } from "../model/local-weights.ts";
import { solveTask } from "./commands/solve.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

const knownAnswerSchema = z.object({
  /** Words that a right answer has, in any case, and words that only a wrong one has. */
  words: z.array(z.string()),
  not: z.array(z.string()),
  /** The number it has, alone, and how far it may be from it. */
  number: z.number(),
  within: z.number(),
});
export type KnownAnswer = z.infer<typeof knownAnswerSchema>;

const questionSchema = z.object({ question: z.string(), file: z.string(), answer: knownAnswerSchema });
export type DemoQuestion = z.infer<typeof questionSchema>;

/** Reads a question with its known answer; its table is beside it. */
export function readDemoQuestion(file: string): DemoQuestion {
  const question = questionSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return { ...question, file: path.join(path.dirname(file), question.file) };
}

/** Whether an answer is the known one, however it is phrased. */
export function matchesKnownAnswer(answer: string, known: KnownAnswer): boolean {
  const text = answer.toLowerCase();
  const numbers = answer.replace(/,(?=\d{3})/g, "").match(/-?\d+(\.\d+)?/g) ?? [];
  const near = numbers.every((number) => Math.abs(Number(number) - known.number) <= known.within);
  const has = (word: string) => text.includes(word.toLowerCase());
  return numbers.length > 0 && near && known.words.every(has) && !known.not.some(has);
}

/**
 * `npm start`: a real race of a local model on a question whose answer is known, compared at the end.
 * A wrong answer exits with 3. Throws `UsageError` (`model-none`) while there are no weights.
 */
export async function demo({ question, file, answer: known }: DemoQuestion, terminal: Terminal): Promise<number> {
  const [model] = await installedModels(terminal.environment);
  if (model === undefined) {
    throw new UsageError("model-none", "The local model is not here yet.", {
      hint: 'Fetch it with `npm run setup`. Or race another model: npm start -- "my question" -f my.csv -m openai/NAME (with OPENAI_API_KEY set), -m ollama/NAME, or -m URL#NAME.',
    });
  }
  const flags = { file: [file], model: `local/${model}` };
  const { exitCode, answer } = await solveTask(question, flags, terminal);
  if (answer === null) return exitCode;
  const right = matchesKnownAnswer(answer, known);
  const expected = `${known.words.join(" ")} ${known.number.toFixed(2)}`;
  terminal.stdout.write(
    right
      ? `\nIt matches the known answer (${expected}), which the teams never saw.\n`
      : `\nIt does NOT match the known answer (${expected}), which the teams never saw. A small model errs now and then.\n`,
  );
  return right ? EXIT.answered : EXIT.unanswered;
}
