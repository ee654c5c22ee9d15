const MISSING = new Set(["", "na", "n/a", "nan", "null", "none", "-"]);
const INTEGER = /^[+-]?\d{1,18}$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const DECIMAL_COMMA = /^[+-]?\d{1,3}(\.?\d{3})*,\d+$/;
const DATE = /^(\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}.*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})$/;
const BOOLEAN = /^(true|false|yes|no)$/i;

const TYPES = [
  ["integer", INTEGER],
  ["number", NUMBER],
  ["number with a decimal comma", DECIMAL_COMMA],
  ["date", DATE],
  ["boolean", BOOLEAN],
] as const;

const LONGEST_MISSING = 4;
const MOST_EXAMPLES = 5;
const EXAMPLE_CHARACTERS = 40;

/** Owns: what is known of one column from the cells seen so far. Invariant: it grows with no number of rows. */
export class Column {
  readonly name: string;
  /** The types that all cells so far have, the narrowest first. */
  #candidates: readonly (typeof TYPES)[number][] = TYPES;
  #seen = 0;
  #missing = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;
  readonly #examples = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  add(cell: string): void {
    const value = cell.trim();
    if (value.length <= LONGEST_MISSING && MISSING.has(value.toLowerCase())) {
      this.#missing += 1;
      return;
    }
    this.#seen += 1;
    if (this.#candidates.length > 0) this.#narrow(value);
    if (this.#examples.size < MOST_EXAMPLES) this.#examples.add(value.slice(0, EXAMPLE_CHARACTERS));
  }

  /** `price: number, 0.5 to 99, 3 missing`. */
  describe(): string {
    const parts = [
      this.#type(),
      this.#values(),
      this.#missing > 0 ? `${this.#missing.toLocaleString("en")} missing` : "",
    ];
    return `${this.name}: ${parts.filter((part) => part !== "").join(", ")}`;
  }

  #narrow(value: string): void {
    if (!this.#candidates.every(([, form]) => form.test(value))) {
      this.#candidates = this.#candidates.filter(([, form]) => form.test(value));
    }
    const number = Number(value);
    if (number < this.#least) this.#least = number;
    if (number > this.#greatest) this.#greatest = number;
  }

  #type(): string {
    return this.#seen === 0 ? "empty" : (this.#candidates[0]?.[0] ?? "text");
  }

  #values(): string {
    if (this.#type() === "integer" || this.#type() === "number") return `${this.#least} to ${this.#greatest}`;
    return [...this.#examples].map((example) => JSON.stringify(example)).join(", ");
  }
}
