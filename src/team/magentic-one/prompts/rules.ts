import type { Message } from "../../../events/message.ts";

/**
 * What a small model is asked under rules, and the rules' own words. Short, one demand at a time, with
 * examples: models of a billion parameters follow examples better than instructions. Measured with
 * Qwen2.5-Coder-0.5B; `rules-examples.ts` has the Coder's examples.
 */

export const RULES_PLAN = `- FileSurfer shows how the files begin.
- Coder writes one program that prints the answer.
- ComputerTerminal runs it.
- On an error Coder corrects it once, else begins afresh.`;

const WHOLE_PROGRAM = "Write the whole corrected program in a python coding block.";

/** What the rules say to whom. */
export const RULES = {
  showFiles: "Show how the request's files begin.",
  writeProgram: "Write one complete Python program that prints the answer to the request.",
  writeProgramAgain: "There was no complete program in your reply. Write a short one in a ```python block.",
  runProgram: "Run the program.",
  correctProgram: `The program failed. ${WHOLE_PROGRAM}`,
  beginAfresh: "That came to nothing. Begin afresh: write a different program that prints the answer.",
  continueFromOutput: "The program printed a result. Say what it means for the request, or write the next program.",
  goOn: "Go on with the request as far as you can, and say what you have found.",
} as const;

export const RULES_CODER_INSTRUCTIONS = `You are Coder, who answers questions by writing Python programs.
Reply with one complete program in a python coding block:
\`\`\`python
# program
\`\`\`
The program runs as it stands, without input, in the folder of the files, with pandas, numpy and scipy installed. Read files by their names, use the names of columns exactly as shown, and print() the result. Do what the question asks, nothing else.`;

/**
 * How much of a file a small model is shown: its time to a first word goes by the prompt, and digits are a token each.
 */
const HEAD_LINES = 60;
const TABLE_ROWS = 3;
const HEAD_CHARACTERS = 2400;
const LINE_CHARACTERS = 200;
/** How much of an output it is shown. */
const OUTPUT_CHARACTERS = 1200;

/**
 * A file's first page as `read-file` gives it, which says what the file is and how it begins, cut for
 * a small context that `files` of them share. Long lines are cut, so that a wide table's rows leave
 * room for its columns.
 */
export function fileHead(page: string, files = 1): string {
  const [title = "", ...body] = page.split("\n");
  const columns = body.indexOf("Columns:");
  const shown =
    columns < 0 ? body : [...body.slice(0, Math.min(1 + TABLE_ROWS, columns - 1)), "", ...body.slice(columns)];
  const lines = [withoutSize(title), ...shown].slice(0, HEAD_LINES);
  const short = lines.map((line) => (line.length <= LINE_CHARACTERS ? line : `${line.slice(0, LINE_CHARACTERS)}…`));
  return short
    .join("\n")
    .slice(0, HEAD_CHARACTERS / files)
    .trimEnd();
}

/** Size and pages are nothing to a program; an encoding is. */
function withoutSize(title: string): string {
  return title.replace(/ \([\d,]+ bytes(?:, page \d+ of \d+)?(?:, ([^)]*))?\)/, (_, note?: string) =>
    note === undefined ? "" : ` (${note})`,
  );
}

/** The question to the Coder, the same in its examples. `heads` is how the files begin, where there are any. */
export function rulesQuestion(question: string, heads: string, files: readonly string[]): string {
  const reads = files.length === 0 ? "" : `reads ${files.join(" and ")} and `;
  const asked = `Question: ${question}\n\nWrite a program that ${reads}prints the answer.`;
  return heads === "" ? asked : `${heads}\n\n${asked}`;
}

/** The request to correct a program that failed with this error. */
export function rulesCorrection(error: string): string {
  return `The program failed:\n${error}\n\n${WHOLE_PROGRAM}`;
}

/** Asks for the answer's phrase, apart from the work. Two examples make even a half-billion model keep to the form. */
export function rulesFinalMessages(question: string, output: string): Message[] {
  const asked = (example: string, printed: string): Message => ({
    role: "user",
    content: `Question: ${example}\n\nThe program printed:\n${printed}\n\nGive the answer, as short as possible, after the words FINAL ANSWER.`,
  });
  return [
    { role: "system", content: "You give the final answer to a question from the output of a program." },
    asked("What is the mean depth? Answer as @depth[value], with two decimals.", "mean depth: 6.28319"),
    { role: "assistant", content: "FINAL ANSWER: @depth[6.28]" },
    asked("Who is the oldest member, and how old?", "name    Kim Berg\nage           71\nName: 4, dtype: object"),
    { role: "assistant", content: "FINAL ANSWER: Kim Berg, 71" },
    asked(question, end(output.trim())),
  ];
}

function end(output: string): string {
  return output.length <= OUTPUT_CHARACTERS ? output : `…${output.slice(-OUTPUT_CHARACTERS)}`;
}
