import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { abortable, CancelScope } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import type { OpenFile } from "../files/open-file.ts";
import { readBytes } from "../files/text-pages.ts";
import type { DocumentFormat } from "./document.ts";
import { pagedDocument, type PagedDocument } from "./paged-document.ts";
import { parseInProcess } from "./parse-in-process.ts";
import { MOST_BYTES } from "./parse-limits.ts";

export interface DocumentRequest {
  readonly file: OpenFile;
  readonly name: string;
  readonly format: DocumentFormat;
  readonly part?: string;
}

interface Asking {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One parse under way and those that wait for it. */
interface Parse {
  readonly scope: CancelScope;
  readonly result: Promise<PagedDocument>;
  waiting: number;
}

/** What the documents that are kept may have, in characters. */
const MOST_KEPT = 16_000_000;
const MOST_AT_ONCE = 2;
const CHUNK_BYTES = 1024 ** 2;

/**
 * Owns: the documents that the teams of a run have opened lately, by what is in them, and the parses under way.
 * Does not own: the files; how one is parsed.
 * Invariants: 1. the same bytes are parsed once, however many teams ask; 2. a parse goes on as long as anybody waits
 * for it, and ends at once when nobody does; 3. at most so many processes parse at the same time; 4. what is kept is
 * bounded, and named by the bytes that were parsed, not by those that a file had before.
 */
export class DocumentShelf {
  readonly #kept = new Map<string, PagedDocument>();
  readonly #parses = new Map<string, Parse>();
  readonly #queue: (() => void)[] = [];
  #running = 0;
  #characters = 0;

  /** Throws `DocumentProblem`, or the signal's reason. */
  async open(request: DocumentRequest, { clock, signal }: Asking): Promise<PagedDocument> {
    const hash = await hashOf(request.file, signal);
    const key = JSON.stringify([hash, request.format, extension(request.name), request.part ?? null]);
    const kept = hash === undefined ? undefined : this.#take(key);
    if (kept) return kept;
    const parse = this.#parses.get(key) ?? this.#begin(key, hash, request, clock);
    parse.waiting += 1;
    try {
      return await abortable(parse.result, signal);
    } finally {
      parse.waiting -= 1;
      if (parse.waiting === 0) {
        parse.scope.cancel();
        if (this.#parses.get(key) === parse) this.#parses.delete(key);
      }
      // A call that was stopped has let go of everything when its process is gone.
      if (signal.aborted && parse.waiting === 0) await parse.result.catch(() => {});
    }
  }

  /** A file whose hash would cost too much is parsed anew each time. */
  #begin(key: string, hash: string | undefined, request: DocumentRequest, clock: Clock): Parse {
    const scope = new CancelScope();
    const result = this.#parse(request, hash, key, { clock, signal: scope.signal });
    result.catch(() => {});
    const parse: Parse = { scope, result, waiting: 0 };
    if (hash !== undefined) this.#parses.set(key, parse);
    return parse;
  }

  async #parse(
    request: DocumentRequest,
    hash: string | undefined,
    key: string,
    asking: Asking,
  ): Promise<PagedDocument> {
    const { file, name, format, part } = request;
    // Whoever asked first may close the file while others wait for it.
    const descriptor = openSync(`/dev/fd/${file.handle.fd}`, "r");
    try {
      await this.#enter(asking.signal);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    try {
      const asked = { format, name, descriptor, ...(part === undefined ? {} : { part }) };
      const answer = await parseInProcess(asked, asking);
      const document = pagedDocument(answer.document);
      if (hash !== undefined && answer.hash === hash) this.#keep(key, document);
      return document;
    } finally {
      closeSync(descriptor);
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    if (this.#running < MOST_AT_ONCE) {
      this.#running += 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    this.#queue.push(turn.resolve);
    try {
      await abortable(turn.promise, signal);
    } catch (error) {
      const place = this.#queue.indexOf(turn.resolve);
      // Its turn may have come in the same moment.
      if (place < 0) this.#leave();
      else this.#queue.splice(place, 1);
      throw error;
    }
  }

  /** Gives the place to the next one, else frees it. */
  #leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#running -= 1;
  }

  #take(key: string): PagedDocument | undefined {
    const document = this.#kept.get(key);
    if (!document) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, document);
    return document;
  }

  #keep(key: string, document: PagedDocument): void {
    this.#kept.set(key, document);
    this.#characters += document.characters;
    for (const [oldest, { characters }] of this.#kept) {
      if (this.#characters <= MOST_KEPT || oldest === key) return;
      this.#kept.delete(oldest);
      this.#characters -= characters;
    }
  }
}

/** The name decides between kinds of text, by its ending. */
function extension(name: string): string {
  return /\.[^./\\]{1,12}$/.exec(name)?.[0].toLowerCase() ?? "";
}

async function hashOf(file: OpenFile, signal: AbortSignal): Promise<string | undefined> {
  if (file.bytes > MOST_BYTES) return undefined;
  const hash = createHash("sha256");
  for (let position = 0; position < file.bytes; position += CHUNK_BYTES) {
    signal.throwIfAborted();
    hash.update(await readBytes(file, position, Math.min(CHUNK_BYTES, file.bytes - position)));
  }
  return hash.digest("hex");
}
