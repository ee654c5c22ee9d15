import type { Clock } from "../../base/clock.ts";
import type { LiveEvent } from "../../events/live.ts";
import type { LoggedEvent } from "../../events/run-event.ts";
import { LiveOutput } from "./live-output.ts";
import { PaceNotes } from "./pace-notes.ts";
import { PlainLines } from "./plain-lines.ts";
import type { RaceTeller } from "./race-teller.ts";
import { resultText } from "./result-text.ts";
import type { Terminal } from "../terminal.ts";

/** Who waits at least so long before a call is tried again is told of it, in milliseconds. */
const LONG_WAIT_MS = 2_000;

/** Tells a race in lines, one for each thing a team does; or, with `json`, as events and nothing else. */
export class PlainTeller implements RaceTeller {
  readonly #terminal: Terminal;
  readonly #json: boolean;
  readonly #clock: Clock;
  readonly #lines: PlainLines;
  readonly #output: LiveOutput;
  readonly #paceNotes: PaceNotes;

  constructor(terminal: Terminal, { json, clock }: { readonly json: boolean; readonly clock: Clock }) {
    this.#terminal = terminal;
    this.#json = json;
    this.#clock = clock;
    this.#paceNotes = new PaceNotes(clock);
    this.#lines = new PlainLines({ color: terminal.color, columns: terminal.columns });
    this.#output = new LiveOutput(clock, ({ key, text }) => this.#write(this.#lines.output(key, text, clock.now())));
  }

  get stderr(): Terminal["stderr"] {
    return this.#terminal.stderr;
  }

  recall(event: LoggedEvent): void {
    this.#lines.recall(event);
  }

  take(event: LoggedEvent): void {
    const lines = this.#lines.render(event);
    this.#output.around(event, () => {
      if (this.#json) this.#terminal.stdout.write(`${JSON.stringify(event)}\n`);
      else this.#tell(event, lines);
    });
  }

  live(event: LiveEvent): void {
    if (event.type === "call-retried" && event.waitMs >= LONG_WAIT_MS) {
      const wait = `waits ${Math.ceil(event.waitMs / 1000)} s to try again: ${event.reason}`;
      this.#write(this.#lines.output(event.key, wait, this.#clock.now()));
    }
    const note = this.#paceNotes.take(event);
    if (note !== undefined) this.#write(this.#lines.note(event.key, note, this.#clock.now()));
    this.#output.take(event);
  }

  close(): void {}

  #write(line: string): void {
    if (!this.#json) this.#terminal.stderr.write(`${line}\n`);
  }

  /** The answer stands apart from the progress around it, and alone on standard output. */
  #tell(event: LoggedEvent, lines: readonly string[]): void {
    const { stdout, stderr } = this.#terminal;
    for (const line of lines) stderr.write(`${line}\n`);
    if (event.type !== "race-decided") return;
    stderr.write("\n");
    stdout.write(resultText(event));
    stderr.write("\n");
  }
}
