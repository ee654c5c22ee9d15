/** The programs of this folder are children of the bench: arguments in, one line of JSON out. */
export function argument(index: number): string {
  const given = process.argv[index + 2];
  if (given === undefined) throw new Error(`Argument ${index + 1} is missing: ${process.argv[1] ?? ""}`);
  return given;
}

export function tell(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** CPU time of this process since `before`, in milliseconds. */
export function cpuMs(before?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export function collectGarbage(): void {
  globalThis.gc?.();
}
