import type { SandboxToolchain } from "./sandbox.ts";

/** What programs need to read to start at all. Nothing of a person's home is among it. */
const SYSTEM = [
  "/usr",
  "/bin",
  "/sbin",
  "/System",
  "/Library/Developer/CommandLineTools",
  "/Library/Frameworks",
  "/Library/Apple",
  "/opt/homebrew",
  "/private/etc/localtime",
  "/private/etc/ssl",
  "/private/var/db/dyld",
  "/private/var/db/timezone",
  "/private/var/select",
];

const DEVICES = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/tty"];

/** System services without which the C library cannot tell users, time or that something was logged. */
const SERVICES = [
  "com.apple.system.notification_center",
  "com.apple.system.opendirectoryd.libinfo",
  "com.apple.system.logger",
  "com.apple.logd",
];

/**
 * A profile for `sandbox-exec` in Apple's sandbox language: nothing is allowed but what is listed, so there
 * is no network. The workspace and the program's temporary folder may be written, the system read.
 * Metadata (that a file exists, how large it is) is readable everywhere: resolving a path needs it.
 */
export function macosProfile(folders: {
  readonly workspace: string;
  readonly temporary: string;
  readonly toolchain: SandboxToolchain;
}): string {
  const { python, node, npm } = folders.toolchain;
  const readable = [
    ...SYSTEM,
    ...(python ? [python.basePrefix, python.directory] : []),
    ...(npm === undefined ? [] : [npm]),
  ];
  const writable = [folders.workspace, folders.temporary];
  return [
    "(version 1)",
    "(deny default)",
    "(allow process-exec process-fork)",
    "(allow signal process-info* (target same-sandbox))",
    "(allow sysctl-read)",
    "(allow ipc-posix-sem ipc-posix-shm)",
    rule(
      "mach-lookup",
      SERVICES.map((name) => `(global-name ${quoted(name)})`),
    ),
    "(allow file-read-metadata)",
    rule("file-read*", [`(literal "/")`, `(literal ${quoted(node)})`, ...readable.map(subpath)]),
    rule("file-read* file-write*", writable.map(subpath)),
    rule(
      "file-read* file-write-data file-ioctl",
      DEVICES.map((device) => `(literal ${quoted(device)})`),
    ),
  ].join("\n");
}

function rule(operations: string, filters: readonly string[]): string {
  return `(allow ${operations} ${filters.join(" ")})`;
}

function subpath(folder: string): string {
  return `(subpath ${quoted(folder)})`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
