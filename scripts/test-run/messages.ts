/** What a test process tells the runner over its channel. */
export type TestMessage =
  | { readonly kind: "begun"; readonly id: number }
  | { readonly kind: "ended"; readonly id: number }
  | { readonly kind: "spawned"; readonly pid: number }
  | { readonly kind: "result"; readonly result: TestResult }
  | { readonly kind: "warning"; readonly text: string };

export interface TestResult {
  readonly name: string;
  /** Where it stands: `file:line`. */
  readonly place: string;
  readonly milliseconds: number;
  /** Why it counts as failed, as text for a person; absent for one that passed. */
  readonly failure?: string;
}
