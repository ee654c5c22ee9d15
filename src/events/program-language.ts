/** The languages that teams write programs in. */
export const PROGRAM_LANGUAGES = ["python", "sh", "javascript"] as const;
export type ProgramLanguage = (typeof PROGRAM_LANGUAGES)[number];

const NAMES: ReadonlyMap<string, ProgramLanguage> = new Map([
  ...(["python", "python3", "py"] as const).map((name) => [name, "python"] as const),
  ...(["sh", "bash", "shell", "console"] as const).map((name) => [name, "sh"] as const),
  ...(["javascript", "js", "node"] as const).map((name) => [name, "javascript"] as const),
]);

/** The language that models mean by a name, in any case: `py`, `Bash`. */
export function programLanguage(name: string): ProgramLanguage | undefined {
  return NAMES.get(name.toLowerCase());
}
