/**
 * A measurement or demonstration too long for `npm test`: the default export of `proofs/NAME.ts`. Without a
 * result it only showed something, and no page is written.
 */
export type Proof = (context: ProofContext) => Promise<ProofResult | undefined>;

export interface ProofContext {
  /** What was given on the command line after the name. */
  readonly arguments: readonly string[];
  /** Aborted by Ctrl-C; the proof then rejects, and no page is written. */
  readonly signal: AbortSignal;
  /** Tells whoever waits how far it is. */
  say(line: string): void;
}

export interface ProofResult {
  readonly title: string;
  /** What was shown and how, in a paragraph; also what was not measured. */
  readonly summary: string;
  /** Whether it shows what it is to show. A page is written either way. */
  readonly holds: boolean;
  readonly tables: readonly ResultTable[];
}

export interface ResultTable {
  readonly heading: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
