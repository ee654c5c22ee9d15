import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { toError, UsageError } from "../../base/errors.ts";
import { jsonLines } from "../json-lines.ts";
import type { NamedAnswer } from "./score-dabench.ts";

const questionSchema = z.object({
  id: z.int(),
  question: z.string(),
  constraints: z.string(),
  format: z.string(),
  file_name: z.string().refine((name) => path.basename(name) === name, "It must be the name of a table."),
  level: z.enum(["easy", "medium", "hard"]),
  common_answers: z.array(z.tuple([z.string(), z.string()])).min(1),
});

/** One question of InfiAgent-DABench: data analysis over one table, with a closed-form answer. */
export interface DabenchQuestion {
  readonly id: number;
  readonly level: "easy" | "medium" | "hard";
  /** What teams are asked: the question, its constraints and the form of the answer. */
  readonly prompt: string;
  /** The table, an absolute path. */
  readonly file: string;
  /** What is right; for `scoreDabench`, and never for teams. */
  readonly truth: readonly NamedAnswer[];
}

/**
 * Reads a copy of DABench: `questions.jsonl`, and the tables in `tables/`; by id. Throws `UsageError`
 * (`bench-data`) where the folder is something else or a table is missing.
 */
export async function loadDabench(folder: string): Promise<readonly DabenchQuestion[]> {
  const file = path.join(folder, "questions.jsonl");
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError("bench-data", `DABench's questions cannot be read: ${toError(error).message}`, {
      hint: "Name a folder with questions.jsonl and tables/ in it.",
      cause: error,
    });
  });
  const questions = jsonLines(text, questionSchema, file).map((read) => asQuestion(read, path.resolve(folder)));
  for (const question of questions) await requireTable(question);
  return questions.toSorted((one, other) => one.id - other.id);
}

function asQuestion(read: z.infer<typeof questionSchema>, folder: string): DabenchQuestion {
  const { id, level, question, constraints, format } = read;
  return {
    id,
    level,
    prompt: [question, constraints, `Answer as ${format}`].filter((part) => part.trim() !== "").join("\n\n"),
    file: path.join(folder, "tables", read.file_name),
    truth: read.common_answers,
  };
}

async function requireTable({ id, file }: DabenchQuestion): Promise<void> {
  await access(file).catch((cause: unknown) => {
    throw new UsageError("bench-data", `The table of DABench's question ${id} is missing: ${file}`, { cause });
  });
}
