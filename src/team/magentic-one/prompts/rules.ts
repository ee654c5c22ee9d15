import type { Message } from "../../../events/message.ts";
import type { TeamTask } from "../../team.ts";
import type { RulesWork } from "../rules-work.ts";

/**
 * All that a small model is asked under rules, and the rules' own words. Short, one demand at a time,
 * with examples: models of a billion parameters follow examples better than instructions.
 */

export const RULES_PLAN = `- FileSurfer shows how the files begin.
- Coder writes one program that prints the answer.
- ComputerTerminal runs it.
- On an error, or without output, Coder writes it anew.`;

/** What the rules say to whom. */
export const RULES = {
  showFiles: "Show how the request's files begin.",
  writeProgram: "Write one complete Python program that prints the answer to the request.",
  writeProgramAgain: "Your message has no code. Write one complete Python program in a ```python block.",
  runProgram: "Run the program.",
  fixProgram: "The program failed. Find the cause of the error and write the whole program anew.",
  changeApproach: "The same error came again. Solve it in a different way: write a different program from scratch.",
  printResult: "The program printed nothing. Write it anew so that it prints the answer with print().",
  continueFromOutput: "The program printed a result. Say what it means for the request, or write the next program.",
} as const;

const RULES_CODER_INSTRUCTIONS = `You write Python programs. Reply with one python coding block that holds a complete program and nothing else. The program reads the files from the current folder, computes the answer to the question and prints it with print().`;

/** How much of a file, of an output, a small model is shown. */
const HEAD_LINES = 40;
const HEAD_CHARACTERS = 3000;
const OUTPUT_CHARACTERS = 2000;

/** A file's first page, which says what the file is and how it begins, cut for a small context. */
export function fileHead(page: string): string {
  return page.split("\n").slice(0, HEAD_LINES).join("\n").slice(0, HEAD_CHARACTERS).trimEnd();
}

/** What the Coder's model is shown: the question, how the files begin, and the last program with its output. */
export function rulesCoderMessages(task: TeamTask, work: RulesWork): Message[] {
  const question = [`Question: ${task.prompt}`, work.heads, RULES.writeProgram].filter(Boolean).join("\n\n");
  const messages: Message[] = [
    { role: "system", content: RULES_CODER_INSTRUCTIONS },
    { role: "user", content: question },
  ];
  if (!work.program) return messages;
  const outcome = work.run ? `Running it gave:\n${end(work.run.text)}\n\n` : "";
  messages.push({ role: "assistant", content: work.program.text });
  messages.push({ role: "user", content: `${outcome}${work.instruction}` });
  return messages;
}

/** Asks for the answer's phrase. Two examples make even a half-billion model keep to the form. */
export function rulesFinalMessages(question: string, output: string): Message[] {
  return [
    {
      role: "system",
      content: "You are given a question and the output of a program. Answer with one line: FINAL ANSWER: the answer",
    },
    { role: "user", content: finalTurn("How many rows have a price above 10?", "rows: 25") },
    { role: "assistant", content: "FINAL ANSWER: 25" },
    {
      role: "user",
      content: finalTurn("What is the mean of column A? Answer as @mean[value], two decimals.", "mean of A = 3.14159"),
    },
    { role: "assistant", content: "FINAL ANSWER: @mean[3.14]" },
    { role: "user", content: finalTurn(question, end(output)) },
  ];
}

function finalTurn(question: string, output: string): string {
  return `Question: ${question}\n\nOutput of the program:\n${output}\n\nGive the FINAL ANSWER.`;
}

function end(output: string): string {
  return output.length <= OUTPUT_CHARACTERS ? output : `…${output.slice(-OUTPUT_CHARACTERS)}`;
}
