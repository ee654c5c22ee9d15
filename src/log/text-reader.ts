import { hash } from "node:crypto";
import { M1Error } from "../base/errors.ts";

/** Before the name of a text that is a blob. */
export const BLOB_PREFIX = "blob:";

/** So many characters of texts are kept at hand. */
const MOST_KEPT = 2 ** 20;

/** Where an event's long strings are found again; undefined for one that is not there. */
export interface TextSource {
  text(hash: string): string | undefined;
  blob(hash: string): string | undefined;
}

/**
 * Owns: the texts that a reading of a log came by lately: what a model says stands in several events that are close
 * to each other, and is fetched and checked once. Does not own: where they are kept.
 * Invariant: what it gives has the name under which it was asked for.
 */
export class TextReader {
  readonly #source: TextSource;
  /** The oldest first. */
  readonly #kept = new Map<string, string>();
  #characters = 0;

  constructor(source: TextSource) {
    this.#source = source;
  }

  /** The string that an event names. Throws `event-damaged`, and as the source does. */
  read(reference: string): string {
    const known = this.#kept.get(reference);
    if (known !== undefined) return known;
    const content = this.#fetch(reference);
    this.#keep(reference, content);
    return content;
  }

  #fetch(reference: string): string {
    const isBlob = reference.startsWith(BLOB_PREFIX);
    const name = isBlob ? reference.slice(BLOB_PREFIX.length) : reference;
    const content = isBlob ? this.#source.blob(name) : this.#source.text(name);
    const what = `its ${isBlob ? "blob" : "text"} ${name}`;
    if (content === undefined) throw new M1Error("event-damaged", `${what} is missing`);
    if (hash("sha256", content) !== name) throw new M1Error("event-damaged", `${what} has been changed`);
    return content;
  }

  #keep(reference: string, content: string): void {
    this.#kept.set(reference, content);
    this.#characters += content.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#characters <= MOST_KEPT) return;
      this.#kept.delete(oldest);
      this.#characters -= length;
    }
  }
}
