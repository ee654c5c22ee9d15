/** What of a shell text's places a placeholder stands in. `substitution` is `$(…)`, unquoted again inside. */
type Place = "plain" | "single" | "double" | "substitution" | "backticks";

const TASK = "{task}";
const FILES = "{files}";

/** By reference: a task may hold anything, and no shell parses what a variable holds. */
const TASK_BY_PLACE: Readonly<Record<Place, string>> = {
  plain: '"${M1P_TASK}"',
  substitution: '"${M1P_TASK}"',
  backticks: '"${M1P_TASK}"',
  double: "${M1P_TASK}",
  single: `'"\${M1P_TASK}"'`,
};

/**
 * A person's command as the shell text to run: `{task}` becomes the task (the variable M1P_TASK) as one word
 * and `{files}` the paths of its files, a word each, also where the person wrote quotes around them.
 */
export function commandText(template: string, files: readonly string[]): string {
  return new CommandTemplate(template, files).text();
}

/**
 * Owns: one reading of a template, with the quotes that are open at each place. Does not own: whether the
 * shell can parse it; that the shell is asked.
 */
class CommandTemplate {
  readonly #template: string;
  readonly #files: string;
  /** The innermost last. */
  readonly #places: Place[] = [];
  #at = 0;
  #text = "";

  constructor(template: string, files: readonly string[]) {
    this.#template = template;
    this.#files = files.map(shellWord).join(" ");
  }

  text(): string {
    while (this.#at < this.#template.length) this.#step();
    return this.#text;
  }

  get #place(): Place {
    return this.#places.at(-1) ?? "plain";
  }

  #step(): void {
    if (this.#quotedPlaceholder() || this.#placeholder()) return;
    const character = this.#template[this.#at] ?? "";
    if (character === "\\" && this.#place !== "single") return this.#take(2);
    if (this.#isComment(character)) return this.#comment();
    this.#enterOrLeave(character);
  }

  /** `"{task}"`: the quotes were meant for what is a word of its own already. */
  #quotedPlaceholder(): boolean {
    if (this.#place === "single" || this.#place === "double") return false;
    for (const placeholder of [TASK, FILES]) {
      for (const quote of ["'", '"']) {
        const quoted = quote + placeholder + quote;
        if (this.#startsWith(quoted)) return this.#replace(quoted, this.#value(placeholder));
      }
    }
    return false;
  }

  #placeholder(): boolean {
    const placeholder = [TASK, FILES].find((each) => this.#startsWith(each));
    return placeholder !== undefined && this.#replace(placeholder, this.#value(placeholder));
  }

  #value(placeholder: string): string {
    if (placeholder === TASK) return TASK_BY_PLACE[this.#place];
    // Out of the quotes around it, and in again.
    if (this.#place === "double") return `"${this.#files}"`;
    return this.#place === "single" ? `'${this.#files}'` : this.#files;
  }

  #enterOrLeave(character: string): void {
    const place = this.#place;
    if (place === "single") {
      if (character === "'") this.#places.pop();
      return this.#take(1);
    }
    if (character === '"') return this.#toggle("double");
    if (character === "`") return this.#toggle("backticks");
    if (this.#startsWith("$(")) return this.#enter("substitution", 2);
    if (place === "double") return this.#take(1);
    if (character === "'") return this.#enter("single", 1);
    if (character === "(") return this.#enter("substitution", 1);
    if (character === ")" && place === "substitution") this.#places.pop();
    this.#take(1);
  }

  #toggle(place: Place): void {
    if (this.#place === place) this.#places.pop();
    else this.#places.push(place);
    this.#take(1);
  }

  #enter(place: Place, length: number): void {
    this.#places.push(place);
    this.#take(length);
  }

  #isComment(character: string): boolean {
    if (character !== "#" || this.#place === "single" || this.#place === "double") return false;
    return this.#at === 0 || /[\s;&|(]/.test(this.#template[this.#at - 1] ?? "");
  }

  #comment(): void {
    const end = this.#template.indexOf("\n", this.#at);
    this.#take((end === -1 ? this.#template.length : end) - this.#at);
  }

  #startsWith(text: string): boolean {
    return this.#template.startsWith(text, this.#at);
  }

  #replace(found: string, text: string): true {
    this.#text += text;
    this.#at += found.length;
    return true;
  }

  #take(length: number): void {
    this.#text += this.#template.slice(this.#at, this.#at + length);
    this.#at += length;
  }
}

/** Any text as one word of a shell. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
