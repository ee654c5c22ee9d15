import { availableParallelism } from "node:os";
import path from "node:path";
import { isWithin, WORKSPACE_INSIDE } from "../workspace/inside.ts";
import { programEnvironment } from "./program-environment.ts";
import type { SandboxRequest, SandboxToolchain } from "./sandbox.ts";
import type { SandboxUser } from "./sandbox-user.ts";
import type { SystemEntry } from "./system-layout.ts";

/**
 * The program's root is a folder of the sandbox's own root, entered by chroot: a process whose root is
 * not that of its mount namespace can make no user namespaces (user_namespaces(7)), in which it would
 * have the rights to mount memory file systems that no limit counts.
 */
export const JAIL = "/jail";
const OURS = "/m1p";
const NODE_INSIDE = `${OURS}/bin/node`;
const NPM_INSIDE = `${OURS}/npm`;
const LAUNCHER_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
/**
 * V8 reserves its code range (512 MB) as writable data, and some for its threads, without using it. So what
 * may be or start a Node has this much over its limit in data of one process; the memory that is really used
 * is measured over all processes. Python alone gets the exact limit, and from it a proper MemoryError.
 */
const NODE_RESERVE_BYTES = 640 * 1024 ** 2;
const OPEN_FILES = 1024;

/** What is known of the machine once, for all runs. */
export interface BubblewrapHost {
  readonly system: readonly SystemEntry[];
  readonly toolchain: SandboxToolchain;
}

/** The arguments of `bwrap` for one program. `owner` is set where we are root, and says whom to become. */
export function bubblewrapArguments(host: BubblewrapHost, request: SandboxRequest): string[] {
  const { owner } = request.workspace;
  return [
    ...namespaces(owner),
    ...launcherSystem(host.system),
    ...jailSystem(host.system, request),
    ...jailToolchain(host, request),
    ...["--bind", request.workspace.root, inJail(WORKSPACE_INSIDE)],
    ...environment(host, request),
    ...["--remount-ro", "/", "--"],
    ...launcher(host, request),
  ];
}

function namespaces(owner: SandboxUser | undefined): string[] {
  const common = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"];
  const ends = ["--die-with-parent", "--new-session", "--hostname", "m1p", "--clearenv", "--json-status-fd", "3"];
  // What the launcher needs to enter the jail and to become the folder's user; all of it is dropped there.
  const needed = ["CAP_SYS_CHROOT", "CAP_SETPCAP", ...(owner ? ["CAP_SETUID", "CAP_SETGID"] : [])];
  const capabilities = ["--cap-drop", "ALL", ...needed.flatMap((name) => ["--cap-add", name])];
  return [...(owner ? [] : ["--unshare-user"]), ...common, ...ends, ...capabilities];
}

/** The launcher's few programs, outside the jail. */
function launcherSystem(system: readonly SystemEntry[]): string[] {
  return system.filter((entry) => !entry.path.startsWith("/etc")).flatMap((entry) => show(entry, entry.path));
}

function jailSystem(system: readonly SystemEntry[], request: SandboxRequest): string[] {
  const { memoryBytes } = request.limits;
  return [
    ...folders(["/etc", "/tmp", OURS, `${OURS}/bin`]),
    ...system.flatMap((entry) => show(entry, inJail(entry.path))),
    ...["--proc", inJail("/proc"), "--dev", inJail("/dev")],
    ...memoryFolder("/dev/shm", memoryBytes / 4),
    ...["--remount-ro", inJail("/dev")],
    ...memoryFolder("/tmp", memoryBytes / 2),
  ];
}

function jailToolchain(host: BubblewrapHost, request: SandboxRequest): string[] {
  const { python, node, npm } = host.toolchain;
  const shown = host.system.map((entry) => entry.path);
  const wanted = python ? [python.basePrefix, python.directory] : [];
  const binds: string[] = [];
  for (const folder of wanted) {
    if (shown.some((known) => isWithin(known, folder))) continue;
    shown.push(folder);
    binds.push(...folders(ancestors(folder)), "--ro-bind", folder, inJail(folder));
  }
  binds.push("--ro-bind", node, inJail(NODE_INSIDE));
  if (npm !== undefined) binds.push("--ro-bind", npm, inJail(NPM_INSIDE), ...npmPrograms());
  if (request.script) binds.push("--perms", "0444", "--ro-bind-data", "5", inJail(scriptPath(request.script)));
  return binds;
}

function npmPrograms(): string[] {
  return ["npm", "npx"].flatMap((name) => {
    const program = `${NPM_INSIDE}/bin/${name}-cli.js`;
    return ["--symlink", program, inJail(`${path.dirname(NODE_INSIDE)}/${name}`)];
  });
}

function environment(host: BubblewrapHost, request: SandboxRequest): string[] {
  const variables = programEnvironment({
    path: programPath(host),
    temporary: "/tmp",
    workspace: WORKSPACE_INSIDE,
    request,
  });
  return Object.entries(variables).flatMap(([name, value]) => ["--setenv", name, value]);
}

function programPath(host: BubblewrapHost): string {
  const { python } = host.toolchain;
  const own = [...(python ? [path.join(python.directory, "bin")] : []), path.dirname(NODE_INSIDE)];
  return [...own, "/usr/local/bin", "/usr/bin", "/bin"].join(":");
}

/**
 * From bwrap to the program. The first shell waits for the word that we watch it: if we are dead by then,
 * it reads an end of file and runs nothing. The second has the program's own rights, and sends what the
 * program complains about the way of its output; what is complained before is the sandbox's own fault.
 */
function launcher(host: BubblewrapHost, request: SandboxRequest): string[] {
  const { limits, argv, script } = request;
  const { owner } = request.workspace;
  const reserve = argv[0].startsWith("python") ? 0 : NODE_RESERVE_BYTES;
  const cpuSeconds = Math.ceil(limits.wallMs / 1000) * availableParallelism() + 1;
  return [
    ...["/bin/sh", "-c", `read -r word <&4 || exit 125; exec 4<&-; PATH=$1; shift; exec "$@"`, "m1p", LAUNCHER_PATH],
    "prlimit",
    ...[`--nproc=${limits.processes}`, `--data=${limits.memoryBytes + reserve}`, `--fsize=${limits.fileBytes}`],
    ...[`--cpu=${cpuSeconds}`, `--nofile=${OPEN_FILES}`, "--core=0", "--"],
    ...[
      "chroot",
      JAIL,
      "setpriv",
      ...identity(owner),
      "--no-new-privs",
      "--bounding-set=-all",
      "--inh-caps=-all",
      "--",
    ],
    ...["/bin/sh", "-c", `PATH=$1; shift; cd ${WORKSPACE_INSIDE} && exec "$@" 2>&1`, "m1p", programPath(host)],
    ...argv,
    ...(script ? [scriptPath(script)] : []),
  ];
}

function identity(owner: SandboxUser | undefined): string[] {
  if (!owner) return ["--ambient-caps=-all"];
  return [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"];
}

function show(entry: SystemEntry, place: string): string[] {
  return entry.kind === "link" ? ["--symlink", entry.target, place] : ["--ro-bind", entry.path, place];
}

/** A file system in memory that everybody may write, as /tmp is. */
function memoryFolder(place: string, bytes: number): string[] {
  return ["--perms", "1777", "--size", String(Math.ceil(bytes)), "--tmpfs", inJail(place)];
}

/** Folders that binds will lie in: made by us, since those that bwrap makes by itself are closed to others. */
function folders(places: readonly string[]): string[] {
  return places.flatMap((place) => ["--perms", "0755", "--dir", inJail(place)]);
}

/** The folders above one, outermost first, without the root. */
function ancestors(folder: string): string[] {
  const above = path.dirname(folder);
  return above === path.dirname(above) ? [] : [...ancestors(above), above];
}

function scriptPath(script: { readonly name: string }): string {
  return `${OURS}/${script.name}`;
}

function inJail(place: string): string {
  return JAIL + place;
}
