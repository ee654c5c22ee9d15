import xterm from "@xterm/headless";
import type { ScreenStream } from "../../../../src/cli/terminal.ts";

/** A terminal as people have one, without a window: what is written is drawn, and can be read off. */
export class TestScreen implements ScreenStream {
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  readonly #listeners = new Set<() => void>();
  /** All that was written, and in how many pieces. */
  written = "";
  writes = 0;

  constructor(columns: number, rows: number) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  write(text: string): boolean {
    this.written += text;
    this.writes += 1;
    this.#terminal.write(text);
    return true;
  }

  on(_event: "resize", listener: () => void): void {
    this.#listeners.add(listener);
  }

  off(_event: "resize", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#written();
    this.#terminal.resize(columns, rows);
    for (const listener of this.#listeners) listener();
  }

  /** What stands on the screen and above it, without blank lines at the end. */
  async text(): Promise<string> {
    await this.#written();
    const { active } = this.#terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
    return lines.join("\n").trimEnd();
  }

  /** Whether the cursor shows, by the last that was said of it. */
  get hasCursor(): boolean {
    return this.written.lastIndexOf("\u001B[?25h") >= this.written.lastIndexOf("\u001B[?25l");
  }

  #written(): Promise<void> {
    return new Promise((resolve) => this.#terminal.write("", resolve));
  }
}
