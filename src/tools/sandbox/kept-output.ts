/**
 * Owns: the beginning and the end of a program's output, within a number of bytes. Does not own: live
 * output. Invariant: it never holds much more than `limit` bytes, however much is added.
 */
export class KeptOutput {
  readonly #limit: number;
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  readonly #tail: Buffer[] = [];
  #tailBytes = 0;
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes added, kept or not. */
  get total(): number {
    return this.#total;
  }

  get cut(): boolean {
    return this.#total > this.#limit;
  }

  add(text: string): void {
    const bytes = Buffer.from(text);
    this.#total += bytes.length;
    const forHead = bytes.subarray(0, Math.max(0, this.#headLimit - this.#headBytes));
    if (forHead.length > 0) this.#head.push(forHead);
    this.#headBytes += forHead.length;
    const rest = bytes.subarray(forHead.length);
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    const tailLimit = this.#limit - this.#headLimit;
    for (let first = this.#tail[0]; first && this.#tailBytes - first.length >= tailLimit; first = this.#tail[0]) {
      this.#tail.shift();
      this.#tailBytes -= first.length;
    }
  }

  /** All of it, or beginning and end with a line between them that says how much was left out. */
  text(): string {
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail);
    if (!this.cut) return Buffer.concat([head, tail]).toString();
    const begin = head.subarray(0, endOfCharacters(head));
    const end = tail.subarray(startOfCharacters(tail, Math.max(0, tail.length - (this.#limit - this.#headLimit))));
    const left = this.#total - begin.length - end.length;
    return `${begin.toString()}\n[… ${left.toLocaleString("en")} bytes of output left out here …]\n${end.toString()}`;
  }

  get #headLimit(): number {
    return Math.ceil(this.#limit / 2);
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function startOfCharacters(bytes: Buffer, from: number): number {
  let start = from;
  while (isContinuation(bytes[start])) start += 1;
  return start;
}

/** Where the last whole character ends: the text that was added is valid, so only its cut can be ragged. */
function endOfCharacters(bytes: Buffer): number {
  let start = bytes.length - 1;
  while (isContinuation(bytes[start])) start -= 1;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + length <= bytes.length ? bytes.length : Math.max(0, start);
}
