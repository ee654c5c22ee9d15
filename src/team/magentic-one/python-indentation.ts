/** A statement's first line: its number, how far it is indented, whether the statement opens a block. */
interface Statement {
  readonly line: number;
  readonly indent: number;
  readonly opensBlock: boolean;
}

/**
 * A Python program without stray spaces: small models put one space before a line of an outer block.
 * A statement that Python would refuse, and that is one space off a block it can belong to, is moved
 * there. A program that is consistent, or does not become so by this alone, stays as it is.
 */
export function withoutStrayIndents(code: string): string {
  const lines = code.split("\n");
  const open = [0];
  let bodyExpected = false;
  for (const { line, indent, opensBlock } of statements(lines)) {
    const text = lines[line] ?? "";
    if (bodyExpected) {
      if (indent <= (open.at(-1) ?? 0)) return code;
      open.push(indent);
    } else {
      const level = open.includes(indent) || !text.startsWith(" ") ? indent : indent - 1;
      if (!open.includes(level)) return code;
      if (level !== indent) lines[line] = text.slice(1);
      open.splice(open.indexOf(level) + 1);
    }
    bodyExpected = opensBlock;
  }
  return lines.join("\n");
}

function* statements(lines: readonly string[]): Generator<Statement> {
  let scanner = new StatementScanner();
  let begun: Pick<Statement, "line" | "indent"> | undefined;
  for (const [line, text] of lines.entries()) {
    if (!begun && /^\s*(#|$)/.test(text)) continue;
    begun ??= { line, indent: text.length - text.trimStart().length };
    scanner.read(text);
    if (scanner.goesOn) continue;
    yield { ...begun, opensBlock: scanner.opensBlock };
    scanner = new StatementScanner();
    begun = undefined;
  }
}

/** A long string's beginning, a string, a comment, and any other character that is no space. */
const TOKEN = /("""|''')|(["'])(?:\\.|(?!\2).)*\2?|#.*|\S/g;

/** Owns: where in a statement its lines have come to. */
class StatementScanner {
  #depth = 0;
  #quote: string | undefined;
  #last = "";

  /** Whether the next line belongs to this statement: within brackets, a long string, or after a backslash. */
  get goesOn(): boolean {
    return this.#depth > 0 || this.#quote !== undefined || this.#last === "\\";
  }

  get opensBlock(): boolean {
    return this.#last === ":";
  }

  read(line: string): void {
    this.#last = "";
    for (let at = this.#afterQuote(line, 0); at < line.length;) {
      TOKEN.lastIndex = at;
      const token = TOKEN.exec(line);
      if (!token) return;
      this.#add(token[0]);
      this.#quote = token[1];
      at = this.#afterQuote(line, TOKEN.lastIndex);
    }
  }

  #add(token: string): void {
    if (token.startsWith("#")) return;
    if ("([{".includes(token)) this.#depth += 1;
    if (")]}".includes(token)) this.#depth -= 1;
    this.#last = token;
  }

  /** Where the open long string ends in a line; its end where it does not. */
  #afterQuote(line: string, from: number): number {
    if (this.#quote === undefined) return from;
    for (let at = from; at < line.length; at++) {
      if (line[at] === "\\") at += 1;
      else if (line.startsWith(this.#quote, at)) {
        this.#quote = undefined;
        return at + 3;
      }
    }
    return line.length;
  }
}
