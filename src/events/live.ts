/**
 * What is shown while it happens and never logged, hashed or replayed: the pieces of a reply as they
 * stream, a program's output, a retry that waits.
 */
export type LiveEvent =
  | { readonly type: "text-streamed"; readonly key: string; readonly text: string }
  | { readonly type: "output-streamed"; readonly key: string; readonly text: string }
  | { readonly type: "call-retried"; readonly key: string; readonly reason: string; readonly waitMs: number }
  /** The call waits for its place; `waitMs` is 0 where nobody knows for how long. */
  | { readonly type: "call-paced"; readonly key: string; readonly provider: string; readonly waitMs: number };
