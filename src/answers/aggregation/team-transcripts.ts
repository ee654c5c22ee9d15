import type { LoggedEvent } from "../../events/run-event.ts";

/** One message of a team's transcript. */
export interface TranscriptMessage {
  /** The agent that spoke, and to whom: `Orchestrator to Coder`. */
  readonly name: string;
  /** Whether the team's own leader spoke, whose words a model reads as its own, as the paper has it. */
  readonly leads: boolean;
  readonly text: string;
}

/** What one team said from its beginning to its end, and how it ended. */
export interface TeamTranscript {
  readonly team: string;
  /** Oldest first. */
  readonly messages: readonly TranscriptMessage[];
  /** Why it ended, and with what answer. */
  readonly stop: string;
}

const LEADER = "Orchestrator";

/** The transcripts of these teams, in their order: a fold over the run's events, which leaves them as they are. */
export function teamTranscripts(events: Iterable<LoggedEvent>, teams: readonly string[]): TeamTranscript[] {
  const messages = new Map(teams.map((team) => [team, [] as TranscriptMessage[]]));
  const stops = new Map<string, string>();
  for (const event of events) {
    const own = messages.get(event.scope);
    const said = own && messageOf(event);
    if (own && said) own.push(said);
    if (event.type !== "team-finished" || !messages.has(event.team)) continue;
    stops.set(event.team, stopOf(event));
    const list = messages.get(event.team);
    // A team that is a function says nothing but its findings.
    if (list?.length === 0 && event.findings?.trim()) {
      list.push({ name: event.team, leads: false, text: event.findings });
    }
  }
  return teams.map((team) => ({ team, messages: messages.get(team) ?? [], stop: stops.get(team) ?? NO_STOP }));
}

const NO_STOP = "No stop reason provided.";

function messageOf(event: LoggedEvent): TranscriptMessage | undefined {
  switch (event.type) {
    case "task-ledger-written":
      return { name: LEADER, leads: true, text: `${event.ledger.facts}\n\n${event.ledger.plan}`.trim() };
    case "agent-spoke": {
      if (event.text.trim() === "") return undefined;
      const name = event.to === undefined ? event.agent : `${event.agent} to ${event.to}`;
      return { name, leads: event.agent === LEADER, text: event.text };
    }
    default:
      return undefined;
  }
}

function stopOf({ outcome, reason, answer }: LoggedEvent & { type: "team-finished" }): string {
  if (outcome === "answered") return `It answered: ${answer ?? ""}\n${reason}`.trim();
  const how = outcome === "turn-limit" ? "It reached its turn limit." : "It gave up without an answer.";
  return `${how}\n${reason}`.trim();
}
