import { counted } from "../../base/counted.ts";
import { styleText } from "node:util";
import { compactionLine } from "./compaction-text.ts";
import { EffectTeller } from "./effect-teller.ts";
import { exactly, oneLine, printable } from "../words/printable.ts";
import { secondsText } from "../words/duration.ts";
import { describeUsage } from "../words/usage-text.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";

/** What of a run is told: all of it, or only ledgers, or only code and what it printed. */
export type Part = "ledgers" | "code";

export interface FullTextOptions {
  readonly color: boolean;
  /** Default: everything. */
  readonly parts?: readonly Part[];
  /** This team's only. */
  readonly team?: string;
}

/** The events that ledgers are told of. */
const LEDGERS: ReadonlySet<LoggedEvent["type"]> = new Set([
  "task-ledger-written",
  "progress-ledger-written",
  "ledger-rejected",
]);

/**
 * Owns: what is needed to tell a run in full: ledgers, messages, code and outputs, as `show --full`
 * prints them. Does not own: where it goes.
 */
export class FullText {
  readonly #options: FullTextOptions;
  readonly #steps = new Map<string, LoggedEvent & EventOf<"step-started">>();
  readonly #effects = new EffectTeller();
  /** What each team's last step gave, which as a rule is what its agent then says. */
  readonly #given = new Map<string, string>();
  #startedAt = 0;

  constructor(options: FullTextOptions) {
    this.#options = options;
  }

  render(event: LoggedEvent): readonly string[] {
    if (event.type === "run-started") this.#startedAt = event.time;
    if (event.type === "step-started") this.#steps.set(event.key, event);
    const isWanted = this.#isWanted(event);
    const told = this.#effects.tell(event) ?? this.#tell(event);
    if (!told || !isWanted) return [];
    const seconds = ((event.time - this.#startedAt) / 1000).toFixed(1);
    const head = `── ${event.scope === "run" ? "race" : event.scope}, ${seconds} s: ${oneLine(told.title)}`;
    const body = told.body ? printable(told.body).trimEnd().split("\n") : [];
    return [this.#options.color ? styleText("bold", head, { validateStream: false }) : head, ...body, ""];
  }

  /** Before the event is told, since a step's beginning says whose it is and what it runs. */
  #isWanted(event: LoggedEvent): boolean {
    const { parts, team } = this.#options;
    if (team !== undefined && event.scope !== team) return false;
    if (!parts || parts.length === 0) return true;
    if (parts.includes("ledgers") && LEDGERS.has(event.type)) return true;
    if (!parts.includes("code") || event.type !== "step-finished") return false;
    const step = this.#steps.get(event.key)?.step;
    return step?.kind === "tool" && (typeof step.arguments["code"] === "string" || step.tool === "command");
  }

  #tell(event: LoggedEvent): { title: string; body?: string } | undefined {
    switch (event.type) {
      case "run-started":
        return { title: `run ${event.runId}, policy ${event.policy.name}`, body: event.task.prompt };
      case "task-ledger-written":
        return { title: "task ledger", body: `${event.ledger.facts}\n\n${event.ledger.plan}` };
      case "progress-ledger-written":
        return { title: `progress ledger, turn ${event.turn} (${event.mode})`, body: ledgerText(event) };
      case "context-compacted":
        return { title: compactionLine(event), ...(event.digest === undefined ? {} : { body: event.digest }) };
      case "agent-spoke":
        if (!event.to && this.#given.get(event.scope) === event.text.trim()) return undefined;
        return { title: event.to ? `${event.agent} to ${event.to}` : event.agent, body: event.text };
      case "step-finished":
        return this.#stepEnd(event);
      case "run-resumed":
        return { title: `goes on in another process, m1-parallel ${event.engineVersion}` };
      case "step-restarted":
        return { title: `${event.key} is done again`, body: event.reason };
      case "input-delivered":
        return { title: `told: ${event.input.kind}`, body: event.input.text };
      case "answers-aggregated":
        return { title: "Aggregator", body: [event.answer, event.reason].filter(Boolean).join("\n") };
      case "answer-judged":
        return { title: `the answer of ${event.team}: ${event.verdict}`, body: event.reason };
      case "ledger-rejected":
        return { title: `unusable ledger (${event.rung})`, body: event.problem };
      case "orchestrator-mode-changed":
        return { title: `orchestrator mode ${event.mode}`, body: event.reason };
      case "stall-counted":
        return { title: `stall ${event.stalls} of ${event.limit}`, body: event.reason };
      case "team-finished":
        return { title: event.outcome, body: [event.answer, event.reason, event.findings].filter(Boolean).join("\n") };
      case "race-decided":
        return { title: event.outcome, body: [event.answer, event.why, event.findings].filter(Boolean).join("\n") };
      case "run-finished":
        return {
          title: `finished, external calls: ${event.effects}`,
          body: [describeUsage(event.usage), ...event.teams.map(describeTeam)].join("\n"),
        };
      default:
        return undefined;
    }
  }

  #stepEnd(event: LoggedEvent & EventOf<"step-finished">): { title: string; body?: string } | undefined {
    const started = this.#steps.get(event.key);
    this.#steps.delete(event.key);
    this.#given.set(event.scope, (event.reply ?? event.result)?.text.trim() ?? "");
    if (!started) return undefined;
    const took = secondsText(event.durationMs);
    if (event.status !== "succeeded")
      return { title: `${event.key} ${event.status} after ${took}`, body: event.failure?.message ?? "" };
    const { step } = started;
    if (step.kind === "model")
      return { title: `${event.key}: ${step.settings.model}, ${took}`, body: event.reply?.text ?? "" };
    const code = step.arguments["code"];
    const call = typeof code === "string" ? code : exactly(step.arguments);
    return { title: `${event.key}: ${step.tool}, ${took}`, body: `${call}\n\n→ ${event.result?.text ?? ""}` };
  }
}

function describeTeam({ team, outcome, turns, usage, ms }: EventOf<"run-finished">["teams"][number]): string {
  const took = `${counted(turns, "turn")}, ${secondsText(ms)}`;
  return `${team}: ${outcome}, ${took}, ${describeUsage(usage)}`;
}

function ledgerText(event: EventOf<"progress-ledger-written">): string {
  return Object.entries(event.ledger)
    .map(([question, { answer, reason }]) => `${question}: ${String(answer)}${reason ? ` (${reason})` : ""}`)
    .join("\n");
}
