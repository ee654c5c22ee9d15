import { programLanguage, type ProgramLanguage } from "../../events/program-language.ts";

export interface CodeBlock {
  readonly language: ProgramLanguage;
  readonly code: string;
}

/**
 * An opening fence, its label, the lines inside, and a closing fence of its own or the end of a reply that was cut off.
 */
const FENCED = /^[ \t]*(```+|~~~+)[ \t]*([\w+-]*)[^\n]*\n([\s\S]*?)(?:^[ \t]*\1[ \t]*$|(?![\s\S]))/gm;

/**
 * The code blocks of a message that are to be run, in their order. Blocks in other languages are
 * left out; blocks without a label are taken for Python, where no block has one.
 */
export function codeBlocks(text: string): CodeBlock[] {
  const fenced = [...text.replaceAll("\r\n", "\n").matchAll(FENCED)].flatMap(([, , label = "", code = ""]) =>
    code.trim() === "" ? [] : [{ label, code }],
  );
  const labelled = fenced.flatMap(({ label, code }) => {
    const language = programLanguage(label);
    return language ? [{ language, code }] : [];
  });
  if (labelled.length > 0) return labelled;
  return fenced.flatMap(({ label, code }) => (label === "" ? [{ language: "python", code }] : []));
}
