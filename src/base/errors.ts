/**
 * The one error base. `code` is stable and documented; `message` says what happened and why;
 * `hint` says what to do next. The cause, where there is one, is kept.
 */
export class M1Error extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "M1Error";
    this.code = code;
    this.hint = options.hint;
  }
}

/** Bad input or configuration: the command line ends with exit code 2. */
export class UsageError extends M1Error {
  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(code, message, options);
    this.name = "UsageError";
  }
}

/** The reason a scope was cancelled; every abort in the system carries one. */
export class Cancelled extends M1Error {
  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
    this.name = "Cancelled";
  }
}

/** Whether an error is somebody's deliberate abort rather than a fault. */
export function isCancellation(error: unknown): boolean {
  return error instanceof Cancelled || (error instanceof Error && error.name === "AbortError");
}

/** Any thrown value as an error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new M1Error("thrown", String(thrown));
}

/** Any thrown value as text for a person, with the innermost useful cause. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? describeError(error.cause) : "";
  if (cause === "" || error.message.includes(cause)) return error.message || error.name;
  return `${error.message || error.name}: ${cause}`;
}
