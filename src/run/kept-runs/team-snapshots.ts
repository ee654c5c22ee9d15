import type { LoggedEvent } from "../../events/run-event.ts";
import { UsageError } from "../../base/errors.ts";
import type { SnapshotId } from "../../tools/workspace/manifest.ts";

/** What a run's log says of one team's folder. */
export interface TeamSnapshots {
  /** What was in it when the team began, the task's files included. */
  readonly first: SnapshotId;
  /** What was in it last. */
  readonly last: SnapshotId;
  /** The task's files, by their paths in it. */
  readonly taskFiles: readonly string[];
}

/**
 * The folders of a run, as its log has them: a fold over its events. Owns: the names of their first and last snapshots,
 * and whose counts. Does not own: what is in them.
 */
export class RunSnapshots {
  runId = "";
  /** The person's folder that every team started from. */
  workdir: { readonly path: string; readonly snapshot: SnapshotId } | undefined;
  /** The team that won, or that the answer rests on. */
  winner: string | undefined;
  decided = false;
  readonly #teams = new Map<string, TeamSnapshots | undefined>();

  apply(event: LoggedEvent): void {
    switch (event.type) {
      case "run-started":
        this.runId = event.runId;
        this.workdir = event.workdir;
        for (const { team } of event.teams) this.#teams.set(team, undefined);
        break;
      case "workspace-opened":
        this.#open(event.scope, event.snapshot, event.files);
        break;
      case "step-finished":
        if (event.snapshot !== undefined) this.#move(event.scope, event.snapshot);
        break;
      case "race-decided":
        this.decided = true;
        this.winner = event.winner ?? undefined;
        break;
      default:
    }
  }

  /** The teams, in the order of the line-up. */
  get teams(): readonly string[] {
    return [...this.#teams.keys()];
  }

  /** A team's folder; undefined where it had none. Throws `UsageError` (`team-unknown`). */
  of(team: string): TeamSnapshots | undefined {
    if (this.#teams.has(team)) return this.#teams.get(team);
    throw new UsageError("team-unknown", `The run has no team "${team}".`, {
      hint: `Its teams are: ${this.teams.join(", ")}.`,
    });
  }

  /** A team that goes on in another process has its folder opened anew only where it had none. */
  #open(team: string, snapshot: SnapshotId, files: readonly { readonly path: string }[]): void {
    const taskFiles = files.map((file) => file.path);
    this.#teams.set(team, { first: snapshot, last: snapshot, taskFiles });
  }

  #move(team: string, last: SnapshotId): void {
    const known = this.#teams.get(team);
    if (known) this.#teams.set(team, { ...known, last });
  }
}

/** Reads the folders of a run from its log. */
export function snapshotsOf(events: Iterable<LoggedEvent>): RunSnapshots {
  const snapshots = new RunSnapshots();
  for (const event of events) snapshots.apply(event);
  return snapshots;
}
