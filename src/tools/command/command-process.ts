import path from "node:path";
import type { Clock } from "../../base/clock.ts";
import { type ContainedResult, type Launch, runContained } from "../sandbox/contained-process.ts";
import { killAll, type ProcessMark, processesOf } from "../sandbox/host-processes.ts";
import { launcherPid } from "../sandbox/host-program.ts";
import { withTemporaryFolder } from "./temporary-folder.ts";

const OUTPUT_BYTES = 256 * 1024;

export interface CommandRequest {
  /** What `/bin/sh` runs. */
  readonly text: string;
  /** Where it runs. */
  readonly folder: string;
  /** All of its environment but the mark and the place for temporary files. */
  readonly environment: Readonly<Record<string, string>>;
  /** Known to nobody else that runs at the same time. */
  readonly mark: ProcessMark;
  /** A folder for its temporary files; it goes with it. */
  readonly temporary: string;
  /** Milliseconds; none: as long as it takes. */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
  readonly onOutput: (text: string) => void;
}

/**
 * Runs a person's own command: as we are, with the network and with no limit but the time. When it settles,
 * nothing of it is alive: not its process group and, on Linux, not what left it and still has the mark. Dies
 * with us, however we go. On abort it rejects with the signal's reason.
 */
export async function runCommand(request: CommandRequest, clock: Clock): Promise<ContainedResult> {
  const { temporary, signal, timeoutMs, onOutput } = request;
  signal.throwIfAborted();
  const limits = { outputBytes: OUTPUT_BYTES, ...(timeoutMs === undefined ? {} : { wallMs: timeoutMs }) };
  return await withTemporaryFolder(temporary, () =>
    runContained(commandLaunch(request), { limits, signal, onOutput }, clock),
  );
}

function commandLaunch({ text, folder, environment, mark, temporary }: CommandRequest): Launch {
  const pipes = { output: path.join(temporary, "output"), complaints: path.join(temporary, "complaints") };
  const alive = (status: string) => processesOf(mark, launcherPid(status));
  return {
    file: "/bin/sh",
    args: ["-c", LAUNCHER, "m1p", `${mark.name}=${mark.value}`, pipes.output, pipes.complaints, temporary, text],
    env: { ...environment, PWD: folder, TMPDIR: temporary },
    cwd: folder,
    pipes,
    isTrusted: true,
    sweep: (status) => killAll(alive(status)),
    // What was being forked while the others were killed.
    lingers(status) {
      const left = alive(status);
      killAll(left);
      return left.length > 0;
    },
  };
}

/**
 * Arguments: the mark, the two pipes, the place for temporary files, the command. No variable is set that the
 * command would find in its environment, but the mark. The watcher is deaf to what the command may send to its
 * group, and has no mark, since it was there before it. When the lifeline ends, that is when we are gone, it kills
 * all that have the mark, again until none is left, takes away the temporary files, and kills its own group.
 */
const LAUNCHER = `
  mkfifo -m 600 "$2" "$3" && exec 7<>"$2" 8<>"$3" || exit 125
  echo "$$" >&3
  read -r M1P_COMMAND <&4 || exit 125
  trap '' HUP INT QUIT TERM USR1 USR2 PIPE ALRM
  (
    exec 3>&- 7>&- 8>&-
    while read -r word; do :; done <&4
    if [ -r /proc/self/environ ]; then
      tries=50
      while [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        marked=$(grep -lsF -e "$1" /proc/[0-9]*/environ)
        [ -n "$marked" ] || break
        for file in $marked; do
          file=\${file#/proc/}
          kill -KILL "\${file%/environ}"
        done
      done
      rm -rf "$4"
      rmdir "\${4%/*}"
    fi
    kill -KILL 0
  ) >/dev/null 2>&1 &
  trap - HUP INT QUIT TERM USR1 USR2 PIPE ALRM
  exec >"$2" 2>"$3" 3>&- 4<&- 7>&- 8>&-
  rm -f "$2" "$3"
  export "$1"
  exec /bin/sh -c "$5"`;
