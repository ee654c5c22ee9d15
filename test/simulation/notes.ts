/** What was seen of one simulated run. */
export class Notes {
  /** What was broken, each with its promise. */
  readonly violations: string[] = [];
  /** How often what happened. */
  readonly counts = new Map<string, number>();
  /** Teams that have a reason of their own to fail, and those that must. */
  readonly mayFail = new Set<string>();
  readonly mustFail = new Set<string>();
  /** What the provider counted, by the reply's text. */
  readonly counted = new Map<string, { readonly inputTokens: number; readonly outputTokens: number }>();

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  violate(promise: string, text: string): void {
    this.violations.push(`${promise}: ${text}`);
  }
}
