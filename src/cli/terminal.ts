/** Where a command reads from and writes to: the process's own in production, buffers in tests. */
export interface Terminal {
  /** Results only. */
  readonly stdout: { write(text: string): unknown };
  /** Progress, and errors. */
  readonly stderr: { write(text: string): unknown };
  readonly color: boolean;
  /** Whether standard output is a screen, which text from elsewhere must not steer. */
  readonly screen?: boolean;
  readonly columns: number | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // Who closes standard output (`| head`) wants no more: stop as for Ctrl-C. Nobody needs progress to be read.
  stdout.once("error", onClosedOutput);
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
  const forbidden = env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "";
  return {
    stdout,
    stderr,
    color: !forbidden && stderr.isTTY && env["TERM"] !== "dumb",
    screen: stdout.isTTY,
    columns: stderr.isTTY ? stderr.columns : undefined,
    environment: env,
    directory: process.cwd(),
  };
}

function onClosedOutput(): void {
  if (!process.emit("SIGINT", "SIGINT")) process.exit();
}
