import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { M1Error, UsageError } from "../../base/errors.ts";
import { runEventSchema, type LoggedEvent } from "../../events/run-event.ts";
import { Upcaster } from "../../events/upcast/upcaster.ts";

/** A real race on the question of `npm start`. */
const RECORDED_RACE = new URL("./recorded-race.jsonl", import.meta.url);

const SAVE_IT = "Whoever has the run writes such a file with: m1p show RUN --json > race.jsonl";

/**
 * Reads the events of a race from a file of one event a line, as `m1p show RUN --json` writes it; of the
 * recorded race that comes with us, if none is named. One of an older version gives today's events.
 * Throws `UsageError` (`recording-broken`), `log-newer`.
 */
export function readRecordedRace(file: string | URL = RECORDED_RACE): LoggedEvent[] {
  const reader = new RecordingReader(String(file));
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => reader.read(line) ?? []);
}

/**
 * The same, as they are asked for: a file of any length; `-` is standard input. What is whole comes before the error
 * about what is not. Throws `UsageError` (`recording-broken`, `recording-unreadable`), `log-newer`.
 */
export async function* streamRecordedRace(file: string): AsyncGenerator<LoggedEvent, void, undefined> {
  const name = file === "-" ? "standard input" : file;
  const input = file === "-" ? process.stdin : createReadStream(file);
  const reader = new RecordingReader(name);
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const event = reader.read(line);
      if (event) yield event;
    }
  } catch (error) {
    if (error instanceof M1Error || !(error instanceof Error && "code" in error)) throw error;
    throw new UsageError("recording-unreadable", `${name} cannot be read`, { cause: error });
  } finally {
    input.destroy();
  }
  if (reader.isEmpty) throw new UsageError("recording-broken", `There is no event in ${name}.`, { hint: SAVE_IT });
}

/** Owns: how far a recording was read, and which version its events are in. */
class RecordingReader {
  readonly #name: string;
  readonly #upcaster: Upcaster;
  #lines = 0;
  #last: LoggedEvent | undefined;

  constructor(name: string) {
    this.#name = name;
    this.#upcaster = new Upcaster(`The recording ${name}`);
  }

  get isEmpty(): boolean {
    return this.#last === undefined;
  }

  /** The event of the next line; undefined for an empty line. */
  read(line: string): LoggedEvent | undefined {
    this.#lines += 1;
    const text = this.#lines === 1 ? line.replace(/^\uFEFF/, "") : line;
    if (text.trim() === "") return undefined;
    const value = this.#upcaster.upcast(this.#parse(text));
    if (!isLogged(value)) throw this.#broken("is no event of a run");
    if (!this.#last && value.type !== "run-started")
      throw this.#broken(`is no beginning of a run but a "${value.type}" from the middle of one`);
    if (this.#last && value.seq <= this.#last.seq)
      throw this.#broken(`is event ${value.seq}, after event ${this.#last.seq}: lines are doubled or mixed up`);
    this.#last = value;
    return value;
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#broken(
        this.#last ? "is cut off or damaged; what is before it is whole" : "is no JSON: this is no recording of a run",
      );
    }
  }

  #broken(what: string): UsageError {
    return new UsageError("recording-broken", `Line ${this.#lines} of ${this.#name} ${what}.`, { hint: SAVE_IT });
  }
}

function isLogged(value: unknown): value is LoggedEvent {
  if (typeof value !== "object" || value === null) return false;
  if (!("seq" in value && "time" in value && "scope" in value)) return false;
  if (typeof value.seq !== "number" || typeof value.time !== "number" || typeof value.scope !== "string") return false;
  return runEventSchema.safeParse(value).success;
}
