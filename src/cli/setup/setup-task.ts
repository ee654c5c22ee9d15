/** What setup tells before it does anything. */
export interface PlannedWork {
  /** `bubblewrap, which runs the teams' code apart from this machine`. */
  readonly what: string;
  /** In words: `Debian package`, `PyPI`, `Hugging Face`. */
  readonly from: string;
  readonly size: string;
  readonly to: string;
}

/** One thing that has to be there. */
export interface SetupTask {
  readonly what: string;
  /** What is missing and has to be done; undefined where it is there. */
  plan(): Promise<PlannedWork | undefined>;
  /** Does it. What it says while it works goes to `say`. Throws `UsageError` with what a person can do. */
  perform(say: (text: string) => void, signal: AbortSignal): Promise<void>;
}
