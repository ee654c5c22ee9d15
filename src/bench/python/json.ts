import type { PythonValue } from "./value.ts";

const SPACE = /[ \t\n\r]*/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const CONSTANT = /null|true|false|NaN|-?Infinity/y;
const CONSTANTS: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);
/** Python refuses to make an int of more. */
const MOST_DIGITS = 4_300;
/** About where Python's recursion ends. */
const MOST_NESTING = 990;

/**
 * Python's `json.loads`; undefined where it raises. Other than JSON.parse it takes `NaN` and `Infinity`, and tells
 * ints from floats.
 */
export function pythonJson(text: string): PythonValue | undefined {
  const reader = new Reader(text);
  const value = reader.value(0);
  return value !== undefined && reader.atEnd() ? value : undefined;
}

/**
 * Owns: the place in the text. Every method gives undefined where the text is not JSON; the place is then worthless.
 */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    this.#take(SPACE);
    return this.#at === this.#text.length;
  }

  value(depth: number): PythonValue | undefined {
    if (depth > MOST_NESTING) return undefined;
    this.#take(SPACE);
    if (this.#skip("{")) return this.#object(depth);
    if (this.#skip("[")) return this.#list(depth);
    const constant = this.#take(CONSTANT);
    if (constant) return CONSTANTS.get(constant[0]);
    return this.#string() ?? this.#number();
  }

  #object(depth: number): PythonValue | undefined {
    const entries = new Map<string, PythonValue>();
    if (this.#skip("}")) return entries;
    do {
      this.#take(SPACE);
      const key = this.#string();
      if (key === undefined || !this.#skip(":")) return undefined;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      entries.set(key, value);
    } while (this.#skip(","));
    return this.#skip("}") ? entries : undefined;
  }

  #list(depth: number): PythonValue | undefined {
    const elements: PythonValue[] = [];
    if (this.#skip("]")) return elements;
    do {
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      elements.push(value);
    } while (this.#skip(","));
    return this.#skip("]") ? elements : undefined;
  }

  #string(): string | undefined {
    const found = this.#take(STRING);
    return found ? (JSON.parse(found[0]) as string) : undefined;
  }

  #number(): number | bigint | undefined {
    const found = this.#take(NUMBER);
    if (!found) return undefined;
    const [text, fraction, exponent] = found;
    if (fraction !== undefined || exponent !== undefined) return Number(text);
    return text.replace("-", "").length > MOST_DIGITS ? undefined : BigInt(text);
  }

  #skip(character: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found ?? undefined;
  }
}
