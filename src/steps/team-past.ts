import { hash } from "node:crypto";
import { withoutPlace, type EventOf, type LoggedEvent, type RunEvent, type TeamEvent } from "../events/run-event.ts";
import type { ToolStep } from "../events/tool-call.ts";
import { canonicalJson } from "./canonical-json.ts";
import { PastRoom } from "./past-room.ts";

/** A step that the log says was begun. */
export interface BegunStep {
  /** Its place in the log. */
  readonly seq: number;
  /** Hash of what was asked. */
  readonly request: string;
  readonly kind: "model" | "tool";
  /** In words, for people. */
  readonly title: string;
  /** Of a tool step, to run it again by its effect where it was cut off. */
  readonly effect?: ToolStep["effect"];
}

/** What a team told of itself: the event's type, and a hash of all of it. */
export interface ToldThing {
  readonly type: string;
  readonly hash: string;
}

/** What comes back to team code at one place: the events that hold it, or their numbers in the log. */
export interface Release {
  readonly key: string;
  readonly events: readonly (LoggedEvent | number)[];
}

type Told = EventOf<TeamEvent["type"] | "answer-proposed">;

/**
 * One team's part of a run's log, as far as its resume needs it: an index, with the contents of what is given back
 * first, so that they need not be read twice and a long run is not held in memory.
 * Owns: which steps were begun, what is to be given back and in which order. Does not own: the log.
 */
export class TeamPast {
  readonly #room: PastRoom;
  readonly begun = new Map<string, BegunStep>();
  /** Results and inputs in log order. */
  readonly releases: Release[] = [];
  /** What the team told of itself, by key. */
  readonly told = new Map<string, ToldThing>();
  /** The folder's last known state. */
  snapshot: string | undefined;
  /** The task's files as the team was told of them. */
  files: EventOf<"workspace-opened">["files"] = [];
  /** Tools that the team called, for those that hold something alive. */
  readonly tools = new Set<string>();

  constructor(room: PastRoom = new PastRoom()) {
    this.#room = room;
  }

  /** Takes in one event of the team's scope; those of others must not be given to it. */
  apply(event: LoggedEvent): void {
    switch (event.type) {
      case "workspace-opened":
        this.snapshot = event.snapshot;
        this.files = event.files;
        break;
      case "step-started":
        this.begun.set(event.key, begunStep(event));
        if (event.step.kind === "tool") this.tools.add(event.step.tool);
        break;
      case "step-finished":
        this.#finish(event);
        break;
      case "input-delivered":
        if (event.input.kind === "session-lost") this.tools.delete(event.input.tool);
        this.#release(event);
        break;
      case "proposal-answered":
        this.#release(event);
        break;
      default:
        if (isTold(event)) this.told.set(event.key, { type: event.type, hash: toldHash(event) });
    }
  }

  /** A step that was aborted has no result that anybody was given: it counts as cut off. */
  #finish(event: LoggedEvent & EventOf<"step-finished">): void {
    if (event.snapshot !== undefined) this.snapshot = event.snapshot;
    if (event.status !== "aborted") this.#release(event);
  }

  /** Several inputs taken at one place come back together. */
  #release(event: LoggedEvent & { readonly key: string }): void {
    const { key } = event;
    const kept = this.#room.holds(event) ? event : event.seq;
    const last = this.releases.at(-1);
    if (last?.key === key) this.releases[this.releases.length - 1] = { key, events: [...last.events, kept] };
    else this.releases.push({ key, events: [kept] });
  }
}

/** A hash of what a team tells, without its place in the log. */
export function toldHash(event: RunEvent): string {
  return hashOf(withoutPlace(event));
}

/** A hash of any JSON, the same however its keys are ordered. */
export function hashOf(...asked: readonly unknown[]): string {
  return hash("sha256", canonicalJson(asked), "base64url");
}

function begunStep({ seq, request, step, agent }: LoggedEvent & EventOf<"step-started">): BegunStep {
  if (step.kind === "tool") {
    return { seq, request, kind: "tool", title: `a call of ${agent} to ${step.tool}`, effect: step.effect };
  }
  return { seq, request, kind: "model", title: `a question of ${agent} to ${step.settings.model}` };
}

/** All of them: the compiler misses one that is not here. */
const TOLD: Readonly<Record<Told["type"], true>> = {
  "turn-started": true,
  "task-ledger-written": true,
  "progress-ledger-written": true,
  "ledger-rejected": true,
  "orchestrator-mode-changed": true,
  "stall-counted": true,
  "context-compacted": true,
  "agent-spoke": true,
  "dead-letter-seen": true,
  "answer-proposed": true,
};

function isTold(event: RunEvent): event is Told {
  return Object.hasOwn(TOLD, event.type);
}
