import { UsageError } from "../base/errors.ts";
import { localModelNames } from "../run/local-models.ts";
import { solveTask } from "./commands/solve.ts";
import { EXIT } from "./exit-codes.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

export interface DemoQuestion {
  readonly question: string;
  /** The CSV that the question is about. */
  readonly file: string;
  /** The known answer, which the teams never see. */
  readonly answer: string;
  /** How far a number may be from it. */
  readonly tolerance: number;
}

/** `npm start`: a real race of a local model on a question whose answer is known, compared at the end. */
export async function demo(question: DemoQuestion, terminal: Terminal = processTerminal()): Promise<number> {
  const [model] = await localModelNames(terminal.environment);
  if (model === undefined) {
    throw new UsageError("model-none", "The local model is not here yet.", {
      hint: 'Fetch it with `npm run setup`; or race another model: npm start -- "your question" -f your.csv -m openai/gpt-5 (with OPENAI_API_KEY set), or -m ollama/NAME, or -m URL#NAME.',
    });
  }
  const flags = { file: [question.file], model: `local/${model}`, unsafeHostExec: false, json: false };
  const { exitCode, answer } = await solveTask(question.question, flags, terminal);
  if (exitCode !== EXIT.answered || answer === null) return exitCode;
  const right = matches(answer, question);
  terminal.stdout.write(
    right
      ? `\nIt matches the known answer, ${question.answer}, which the teams never saw.\n`
      : `\nIt does NOT match the known answer, ${question.answer}, which the teams never saw. Small models err; try again.\n`,
  );
  return right ? EXIT.answered : EXIT.unanswered;
}

function matches(answer: string, { answer: known, tolerance }: DemoQuestion): boolean {
  const numbers = answer.replace(/,(?=\d{3})/g, "").match(/-?\d+(\.\d+)?/g) ?? [];
  return numbers.some((number) => Math.abs(Number(number) - Number(known)) <= tolerance);
}
