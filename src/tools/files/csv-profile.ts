import { pipeline } from "node:stream/promises";
import type * as Sync from "csv-parse/sync";
import { Column } from "./column.ts";
import { SAMPLE_BYTES, type FileKind } from "./file-kind.ts";
import type { OpenFile } from "./open-file.ts";
import { readBytes } from "./text-pages.ts";

/** What is looked at of a large table (about a second's work); its rows are then estimated. */
const SCANNED_BYTES = 16 * 1024 ** 2;
const CHUNK_BYTES = 64 * 1024;
const SAMPLE_RECORDS = 50;
/** A longer record is no table's row but a quote that was never closed. */
const LONGEST_RECORD = 1024 ** 2;
const HEAD_ROWS = 5;
const MOST_COLUMNS = 2_000;

const DELIMITERS = [",", ";", "\t", "|"] as const;

/** What a table looks like. */
export interface CsvProfile {
  readonly delimiter: string;
  readonly columns: readonly Column[];
  /** The first records, the header first where there is one. */
  readonly head: readonly (readonly string[])[];
  readonly hasHeader: boolean;
  readonly rows: number;
  /** Whether `rows` is an estimate from the part that was looked at. */
  readonly estimated: boolean;
  /** Rows with more or fewer cells than the header. */
  readonly ragged: number;
}

type ParseAll = typeof Sync.parse;
type Text = Extract<FileKind, { kind: "text" }>;

/**
 * Reads a table through, at most its first 16 MiB, a chunk at a time. Throws csv-parse's error where the
 * text is no table, the signal's reason on abort.
 */
export async function profileCsv(file: OpenFile, text: Text, signal: AbortSignal): Promise<CsvProfile> {
  const whole = file.bytes <= SCANNED_BYTES;
  const sample = new TextDecoder(text.encoding).decode(await readBytes(file, text.markBytes, SAMPLE_BYTES));
  // Loaded when a table is looked at: a run's first request need not wait for it.
  const [{ parse }, { parse: parseAll }] = await Promise.all([import("csv-parse"), import("csv-parse/sync")]);
  const delimiter = guessDelimiter(file.bytes > SAMPLE_BYTES ? upToLastLine(sample) : sample, parseAll);
  const profiler = new Profiler(delimiter);
  try {
    const parser = parse({ ...LENIENT, delimiter });
    await pipeline(decodedChunks(file, text), parser, (records: AsyncIterable<string[]>) => profiler.addAll(records), {
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    // What was looked at of a large table may end within a quoted cell.
    if (whole || !isUnclosedQuote(error)) throw error;
  }
  return profiler.result(whole ? 1 : file.bytes / SCANNED_BYTES);
}

const LENIENT = {
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  max_record_size: LONGEST_RECORD,
};

async function* decodedChunks(file: OpenFile, { encoding, markBytes }: Text): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  const end = Math.min(file.bytes, SCANNED_BYTES);
  for (let position = markBytes; position < end; position += CHUNK_BYTES) {
    const last = position + CHUNK_BYTES >= end;
    const chunk = decoder.decode(await readBytes(file, position, Math.min(CHUNK_BYTES, end - position)), {
      stream: true,
    });
    yield last && end < file.bytes ? upToLastLine(chunk) : chunk;
  }
}

function upToLastLine(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}

function isUnclosedQuote(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "CSV_QUOTE_NOT_CLOSED";
}

/** The delimiter by which the first records most agree on more than one column; a comma where none does. */
function guessDelimiter(sample: string, parseAll: ParseAll): string {
  const scored = DELIMITERS.map((delimiter) => ({ delimiter, score: agreement(sample, delimiter, parseAll) }));
  return scored.reduce((best, next) => (next.score > best.score ? next : best)).delimiter;
}

/** The share of records with the commonest number of columns; 0 where that number is one. */
function agreement(sample: string, delimiter: string, parseAll: ParseAll): number {
  try {
    const records = parseAll(sample, { ...LENIENT, delimiter, to: SAMPLE_RECORDS }).map((record) => record.length);
    const counts = Map.groupBy(records, (length) => length);
    const [length, same] = [...counts].reduce((best, next) => (next[1].length > best[1].length ? next : best), [0, []]);
    return length > 1 ? same.length / records.length : 0;
  } catch {
    return 0;
  }
}

/** Owns: what is known of a table from the records seen so far. */
class Profiler {
  readonly #delimiter: string;
  readonly #head: string[][] = [];
  #columns: Column[] = [];
  #hasHeader = true;
  #rows = 0;
  #ragged = 0;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  async addAll(records: AsyncIterable<string[]>): Promise<void> {
    for await (const record of records) this.#add(record);
  }

  result(scale: number): CsvProfile {
    return {
      delimiter: this.#delimiter,
      columns: this.#columns,
      head: this.#head,
      hasHeader: this.#hasHeader,
      rows: Math.round(this.#rows * scale),
      estimated: scale !== 1,
      ragged: this.#ragged,
    };
  }

  #add(record: string[]): void {
    if (this.#head.length <= HEAD_ROWS) this.#head.push(record);
    if (this.#columns.length === 0) {
      this.#hasHeader = record.some((cell) => cell.trim() !== "" && Number.isNaN(Number(cell)));
      const names = this.#hasHeader ? record : record.map((_, index) => `column ${index + 1}`);
      this.#columns = names.slice(0, MOST_COLUMNS).map((name) => new Column(name));
      if (this.#hasHeader) return;
    }
    this.#rows += 1;
    if (record.length !== this.#head[0]?.length) this.#ragged += 1;
    for (const [index, column] of this.#columns.entries()) column.add(record[index] ?? "");
  }
}
