/** A fenced block of code in a Markdown text. */
export interface CodeBlock {
  /** The file it stands in and the line of its first code line: `README.md:12`. */
  readonly place: string;
  readonly language: string;
  /** Words after the language: ` ```ts run ` has `run`. */
  readonly marks: readonly string[];
  readonly code: string;
}

const FENCE = /^```([\w-]+)([^\n`]*)\n(.*?)^```$/gms;

/** The fenced blocks of a text that name their language. */
export function codeBlocks(file: string, text: string): CodeBlock[] {
  return [...text.matchAll(FENCE)].map((found) => {
    const [, language = "", marks = "", code = ""] = found;
    const line = text.slice(0, found.index).split("\n").length + 1;
    return { place: `${file}:${line}`, language, marks: marks.split(" ").filter(Boolean), code };
  });
}
