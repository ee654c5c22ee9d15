import { findProgram } from "../../tools/sandbox/find-program.ts";

/** What of the system setup may need, under the names that its package managers have for it. */
export type SystemPart = "bubblewrap" | "python" | "venv" | "util-linux";

export interface PackageManager {
  readonly program: string;
  readonly origin: string;
  /** Renews the list of packages, where it has to be asked to. */
  readonly refresh?: readonly string[];
  readonly install: readonly string[];
  readonly packages: Readonly<Record<SystemPart, string>>;
}

const PLAIN = { bubblewrap: "bubblewrap", python: "python3", venv: "python3", "util-linux": "util-linux" };

const MANAGERS: readonly PackageManager[] = [
  {
    program: "apt-get",
    origin: "Debian or Ubuntu package",
    refresh: ["update", "-qq"],
    install: ["install", "-y", "-qq", "--no-install-recommends"],
    packages: { ...PLAIN, venv: "python3-venv" },
  },
  { program: "dnf", origin: "Fedora or RHEL package", install: ["install", "-y", "-q"], packages: PLAIN },
  {
    program: "apk",
    origin: "Alpine package",
    install: ["add", "--no-cache"],
    packages: { ...PLAIN, "util-linux": "util-linux setpriv" },
  },
  {
    program: "pacman",
    origin: "Arch package",
    install: ["-Sy", "--noconfirm", "--needed"],
    packages: { ...PLAIN, python: "python", venv: "python" },
  },
  { program: "zypper", origin: "openSUSE package", install: ["--non-interactive", "install"], packages: PLAIN },
];

/** The system's package manager, if it is one we know. */
export function findPackageManager(environment: NodeJS.ProcessEnv): PackageManager | undefined {
  return MANAGERS.find(({ program }) => findProgram(program, environment) !== undefined);
}

/** The names to install for the missing parts, each once. */
export function packageNames(manager: PackageManager, parts: readonly SystemPart[]): string[] {
  return [...new Set(parts.flatMap((part) => manager.packages[part].split(" ")))];
}
