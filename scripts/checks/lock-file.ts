/**
 * npm writes no lock entry for a package of another platform that its registry does not serve, and `npm ci`
 * then refuses the lock file. The lock of this project names every platform's packages.
 */
import { z } from "zod";

const entrySchema = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockSchema = z.looseObject({ packages: z.record(z.string(), entrySchema) });
type Entry = z.infer<typeof entrySchema>;
type Lock = z.infer<typeof lockSchema>;

/** The optional packages that locked packages ask for and that have no entry, by their place in `node_modules`. */
export function missingEntries(lock: Lock): Map<string, Entry> {
  const missing = new Map<string, Entry>();
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const root = `node_modules/${name}`;
      if (root in lock.packages || `${place}/${root}` in lock.packages) continue;
      missing.set(root, { version, ...platformOf(name), ...(entry.dev ? { dev: true } : {}), optional: true });
    }
  }
  return missing;
}

/** The lock file's text with an entry for each missing package, in npm's order. */
export function completed(text: string): string {
  const lock = readLock(text);
  const packages = { ...lock.packages, ...Object.fromEntries(missingEntries(lock)) };
  const inOrder = Object.entries(packages).sort(([left], [right]) => (left < right ? -1 : 1));
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(inOrder) }, null, 2)}\n`;
}

/** A lock file's text as it stands, once it is known to be one (a parsed copy would lose the order of its keys). */
export function readLock(text: string): Lock {
  const lock: unknown = JSON.parse(text);
  lockSchema.parse(lock);
  return lock as Lock;
}

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/darwin|mac/, "darwin"],
  [/win/, "win32"],
  [/linux/, "linux"],
  [/android/, "android"],
  [/freebsd/, "freebsd"],
  [/openharmony/, "openharmony"],
];
const PROCESSORS = /arm64|x64|ia32|ppc64|riscv64|s390x|loong64/;

/** The platform that a package of native code names itself after: `binding-linux-arm64-musl`. */
function platformOf(name: string): { os?: string[]; cpu?: string[] } {
  const system = SYSTEMS.find(([pattern]) => pattern.test(name))?.[1];
  const processor = PROCESSORS.exec(name)?.[0] ?? (/arm/.test(name) ? "arm" : undefined);
  return { ...(processor ? { cpu: [processor] } : {}), ...(system ? { os: [system] } : {}) };
}
