import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { bubblewrapArguments, JAIL, type BubblewrapHost } from "./bubblewrap-arguments.ts";
import { runContained, type Launch } from "./contained-process.ts";
import { namespaceUse } from "./namespace-use.ts";
import type { Sandbox, SandboxRequest, SandboxResult, SandboxToolchain } from "./sandbox.ts";
import { systemLayout } from "./system-layout.ts";

const startedSchema = z.object({ "child-pid": z.number() });
const endedSchema = z.object({ "exit-code": z.number() });

/**
 * Until it has made its namespaces, bwrap's first process inside waits for bwrap, and would for ever if bwrap died just
 * then: it has not yet asked the kernel to die with it. It still is in bwrap's process group, which this watcher ends
 * when we are gone: descriptor 3 is a socket, and reading from it ends with us.
 */
const WATCHED = '(read -r word <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 4<&- 5<&- & exec "$@"';

/**
 * The sandbox of Linux: bubblewrap, with namespaces of its own for processes, network, mounts, IPC and
 * host name. As root the program runs as its folder's own user, else in a user namespace of its own.
 * When bwrap or we die, the kernel kills the namespace's first process, and with it all others in it.
 */
export class Bubblewrap implements Sandbox {
  readonly kind = "bubblewrap";
  readonly #program: string;
  readonly #clock: Clock;
  readonly #host: BubblewrapHost;

  constructor(options: { readonly program: string; readonly toolchain: SandboxToolchain; readonly clock: Clock }) {
    this.#program = options.program;
    this.#clock = options.clock;
    this.#host = { system: systemLayout(), toolchain: options.toolchain };
  }

  run(request: SandboxRequest): Promise<SandboxResult> {
    const launch: Launch = {
      file: "/bin/sh",
      args: ["-c", WATCHED, "m1p", this.#program, ...bubblewrapArguments(this.#host, request)],
      // bwrap is the first process inside too, and what runs there may read its environment.
      env: {},
      ...(request.script ? { feed: request.script.text } : {}),
      measure: (status) => {
        const pid = firstProcess(status);
        return pid === undefined
          ? undefined
          : namespaceUse(`/proc/${pid}/root${JAIL}/proc`, request.limits.memoryBytes);
      },
      exitCode: reportedExit,
      lingers: (status) => isAlive(firstProcess(status)),
    };
    return runContained(launch, request, this.#clock);
  }
}

/** The process id, as we see it, of the namespace's first process: the first line of bwrap's status tells it. */
function firstProcess(status: string): number | undefined {
  return lines(status, startedSchema)[0]?.["child-pid"];
}

function reportedExit(status: string): number | undefined {
  return lines(status, endedSchema)[0]?.["exit-code"];
}

function lines<Line>(status: string, schema: z.ZodType<Line>): Line[] {
  return status.split("\n").flatMap((line) => {
    if (!line.trim().endsWith("}")) return [];
    const parsed = schema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  });
}

/** Alive, or dead and not yet taken note of by its parent: the latter has no processes under it any more. */
function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1) ?? "";
    return !/^[ZX]/.test(afterName);
  } catch {
    return false;
  }
}
