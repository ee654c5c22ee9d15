import type { OldEvent } from "./old-event.ts";

/**
 * Version 2 added events (resumes, inputs, proposals, effects, questions, snapshots) and fields that may
 * be absent, and nothing else; what a run of version 1 did not record stays absent.
 */
export function fromVersion1(event: OldEvent): OldEvent {
  return event["type"] === "run-started" ? { ...event, formatVersion: 2 } : event;
}
