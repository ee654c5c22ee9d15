/** Where a command reads from and writes to: the process's own in production, buffers in tests. */
export interface Terminal {
  /** Results only. */
  readonly stdout: { write(text: string): unknown };
  /** Progress, and errors. */
  readonly stderr: { write(text: string): unknown };
  /** Whether standard error takes colours. */
  readonly color: boolean;
  /** Whether standard output is a screen, which text from elsewhere must not steer. */
  readonly screen?: boolean;
  /** Columns of standard error where that is a screen. */
  readonly columns: number | undefined;
  /** What standard output takes; default: as standard error. */
  readonly results?: { readonly color: boolean; readonly columns: number | undefined };
  /** Standard error where lanes can be drawn on it: a screen that can be written over. */
  readonly lanes?: ScreenStream;
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
}

/** A terminal's stream, which can be written over. */
export interface ScreenStream {
  write(text: string): unknown;
  readonly columns: number;
  readonly rows: number;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // Who closes standard output (`| head`) wants no more: stop as for Ctrl-C. Nobody needs progress to be read.
  stdout.once("error", onClosedOutput);
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
  return {
    stdout,
    stderr,
    color: takesColor(stderr.isTTY, env),
    screen: stdout.isTTY,
    columns: stderr.isTTY ? stderr.columns : undefined,
    results: { color: takesColor(stdout.isTTY, env), columns: stdout.isTTY ? stdout.columns : undefined },
    ...(stderr.isTTY && !wantsPlain(env) ? { lanes: stderr } : {}),
    environment: env,
    directory: process.cwd(),
  };
}

/** As no-color.org and force-color.org say; of both, the one that forces holds. */
function takesColor(isScreen: boolean, env: NodeJS.ProcessEnv): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isScreen && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** Screens that cannot be written over, and what keeps all that is written (CI). */
function wantsPlain(env: NodeJS.ProcessEnv): boolean {
  return env["TERM"] === "dumb" || isSet(env["CI"]);
}

/** Whether a variable says yes. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}

function onClosedOutput(): void {
  if (!process.emit("SIGINT", "SIGINT")) process.exit();
}
