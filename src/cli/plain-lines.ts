import { styleText } from "node:util";
import type { AcceptanceDescription } from "../events/input.ts";
import { AGGREGATOR_SCOPE, type AggregateDescription } from "../events/aggregate.ts";
import { RUN_SCOPE, type EffectsSummary, type EventOf, type LoggedEvent, type Origin } from "../events/run-event.ts";
import type { ToolStep } from "../events/tool-call.ts";
import { describeAge } from "./describe-age.ts";
import { compactionLine } from "./compaction-text.ts";
import { callText, EffectTeller } from "./effect-teller.ts";
import { oneLine } from "./printable.ts";
import { describeUsage } from "./usage-text.ts";

type Style = Parameters<typeof styleText>[0];

export interface PlainLinesOptions {
  readonly color: boolean;
  /** Columns of the screen; lines are cut to it. Undefined: a file or a pipe, where lines are cut at 200. */
  readonly columns: number | undefined;
}

const EFFECT_STYLES = { plain: "bold", good: "green", bad: "red", asks: "yellow" } as const;
/** Whose lines are the race's own. */
const RUN_SCOPES: ReadonlySet<string> = new Set([RUN_SCOPE, AGGREGATOR_SCOPE]);
const TEAM_STYLES: readonly Style[] = ["cyan", "yellow", "magenta", "blue", "green"];

/**
 * Owns: what is needed to tell a run in plain lines, one for each thing a team does. Does not own:
 * where they go. The same lines come of a live run, of a replay and of a log.
 */
export class PlainLines {
  readonly #options: PlainLinesOptions;
  readonly #steps = new Map<string, LoggedEvent & EventOf<"step-started">>();
  readonly #effects = new EffectTeller();
  #startedAt = 0;
  #lastAt = 0;
  #teams: readonly string[] = [];

  constructor(options: PlainLinesOptions) {
    this.#options = options;
  }

  /** Takes in an event that is not told: those that come later may be about it. */
  recall(event: LoggedEvent): void {
    this.#effects.tell(event);
    this.#follow(event);
    if (event.type === "step-finished") this.#steps.delete(event.key);
  }

  /** Takes in what later lines need of an event. Gives the time since the one before. */
  #follow(event: LoggedEvent): number {
    const pausedMs = event.time - this.#lastAt;
    this.#lastAt = event.time;
    if (event.type === "step-started") this.#steps.set(event.key, event);
    if (event.type === "run-started") {
      this.#startedAt = event.time;
      this.#teams = event.teams.map((team) => team.team);
    }
    // Seconds are those of work: the time between two processes is none.
    if (event.type === "run-resumed") this.#startedAt += pausedMs;
    return pausedMs;
  }

  /** The lines for one event; most events have one, some none. */
  render(event: LoggedEvent): readonly string[] {
    const pausedMs = this.#follow(event);
    const effect = this.#effects.tell(event);
    if (effect) return [this.#line(event, effect.title, effect.body, EFFECT_STYLES[effect.mood])];
    switch (event.type) {
      case "run-resumed":
        return [this.#line(event, "", `goes on in another process, ${describeAge(pausedMs)} later`, "yellow")];
      case "run-started":
        return this.#runStarted(event);
      case "step-started":
        return event.step.kind === "tool" ? [this.#line(event, agentOf(event.key), describeToolCall(event.step))] : [];
      case "step-finished":
        return this.#stepFinished(event);
      case "run-finished":
        return runFinished(event).map((text) => this.#line(event, "", text));
      default: {
        const told = tell(event);
        return told ? [this.#line(event, told.who, told.text, told.style)] : [];
      }
    }
  }

  /** The line for one line that a command prints while it runs; `time` is now. */
  output(key: string, text: string, time: number): string {
    const scope = key.split("/").at(0) ?? "";
    return this.#line({ scope, time: Math.max(time, this.#lastAt) }, `${agentOf(key)} |`, text, "dim", " ");
  }

  #runStarted(event: LoggedEvent & EventOf<"run-started">): string[] {
    const count = event.teams.length;
    const files = event.task.files.map((file) => file.name).join(", ");
    const lines = [
      `${count} ${count === 1 ? "team" : "teams"} on one task, policy ${describePolicy(event)}: ${event.task.prompt}`,
      ...(files ? [`files: ${files}`] : []),
      ...(event.workdir ? [`every team works on a copy of ${event.workdir.path}`] : []),
      ...(event.acceptance ? [describeAcceptance(event.acceptance, event.programs?.unsafeHostExec)] : []),
      `run ${event.runId}`,
    ].map((text) => this.#line(event, "", text));
    if (event.origin) lines.push(this.#line(event, "", describeOrigin(event.origin)));
    if (event.rehearsal) lines.push(this.#line(event, "", "REHEARSAL: a scripted model plays, no real one", "yellow"));
    for (const { team, kind, models, mode, temperature, options } of event.teams) {
      const details = [
        typeof options?.["command"] === "string" ? `command: ${options["command"]}` : models.join(" + ") || kind,
        mode ? `orchestrator: ${mode}` : "",
        temperature === undefined ? "" : `temperature ${temperature}`,
      ].filter(Boolean);
      lines.push(this.#line({ ...event, scope: team }, "", details.join(", ")));
    }
    return lines;
  }

  #stepFinished(event: LoggedEvent & EventOf<"step-finished">): string[] {
    const started = this.#steps.get(event.key);
    this.#steps.delete(event.key);
    const text = started && describeStepEnd(started, event);
    if (!text) return [];
    return [this.#line(event, agentOf(event.key), text, event.status === "failed" ? "red" : "dim")];
  }

  #line(place: Place, who: string, text: string, style?: Style, between = ": "): string {
    const scope = RUN_SCOPES.has(place.scope) ? "race" : place.scope;
    const seconds = ((place.time - this.#startedAt) / 1000).toFixed(1).padStart(6);
    const head = `${scope.padEnd(8)}${seconds}s  `;
    const body = who ? `${who}${between}${oneLine(text)}` : oneLine(text);
    const cut = truncate(body, (this.#options.columns ?? 200) - head.length - 1);
    if (!this.#options.color) return head + cut;
    const paint = (format: Style, part: string) => styleText(format, part, { validateStream: false });
    return paint(this.#teamStyle(place.scope), head) + (style ? paint(style, cut) : cut);
  }

  #teamStyle(scope: string): Style {
    const index = this.#teams.indexOf(scope);
    return TEAM_STYLES[index % TEAM_STYLES.length] ?? "bold";
  }
}

function describeOrigin({ kind, runId, copied }: Origin): string {
  const how = kind === "fork" ? "forked from" : "continues";
  return `${how} run ${runId}: ${copied - 1} events of it are here, neither done nor paid again`;
}

/** Whose line it is, and when it came about. */
type Place = Pick<LoggedEvent, "scope" | "time">;

function describeAcceptance(acceptance: AcceptanceDescription, isUnsafe = false): string {
  if (acceptance.kind === "function") return `an answer must pass ${acceptance.name}`;
  return `an answer must pass ${isUnsafe ? "WITHOUT a sandbox" : "in the sandbox"}: ${acceptance.command}`;
}

interface Told {
  readonly who: string;
  readonly text: string;
  readonly style?: Style;
}

/** Events that need nothing but themselves to be told. */
function tell(event: LoggedEvent): Told | undefined {
  switch (event.type) {
    case "task-ledger-written":
      return {
        who: "Orchestrator",
        text: event.replan === 0 ? "facts and plan are written" : `new facts and plan (re-plan ${event.replan})`,
      };
    case "progress-ledger-written":
      return { who: "Orchestrator", text: describeLedger(event) };
    case "ledger-rejected":
      return { who: "Orchestrator", text: `unusable ledger (${event.rung}): ${event.problem}`, style: "yellow" };
    case "orchestrator-mode-changed":
      return { who: "Orchestrator", text: `now in ${event.mode} mode: ${event.reason}`, style: "yellow" };
    case "stall-counted":
      return { who: "Orchestrator", text: `stall ${event.stalls} of ${event.limit}: ${event.reason}`, style: "yellow" };
    case "context-compacted":
      return { who: "Orchestrator", text: compactionLine(event), style: "yellow" };
    case "agent-spoke":
      return event.to ? undefined : { who: event.agent, text: event.text };
    case "dead-letter-seen":
      return { who: "", text: `undelivered message to ${event.to}: ${event.reason}`, style: "yellow" };
    case "team-finished":
      return { who: "", text: describeTeamEnd(event), style: event.outcome === "answered" ? "bold" : "dim" };
    case "step-restarted":
      return { who: agentOf(event.key), text: "does again what was cut off", style: "yellow" };
    case "input-delivered":
      return { who: "", text: `is told: ${event.input.text}`, style: "yellow" };
    case "answers-aggregated":
      return {
        who: "Aggregator",
        text: describeAggregated(event),
        style: event.answer === undefined ? "yellow" : "bold",
      };
    case "answer-judged":
      return { who: "", text: describeJudgement(event), style: event.verdict === "accept" ? "green" : "yellow" };
    case "deadline-passed":
      return { who: "", text: `the deadline of ${event.deadlineMs / 1000} s passed`, style: "yellow" };
    case "cancel-requested":
      return { who: "", text: event.reason, style: "yellow" };
    case "race-decided":
      return { who: "", text: describeDecision(event), style: event.outcome === "answered" ? "green" : "red" };
    default:
      return undefined;
  }
}

function describePolicy({ policy, aggregate }: EventOf<"run-started">): string {
  const count = policy.need !== null && policy.need > 1 ? ` (${policy.need})` : "";
  return `${policy.name}${count}${aggregate ? `, aggregated by ${describeAggregate(aggregate)}` : ""}`;
}

function describeAggregate(aggregate: AggregateDescription): string {
  return aggregate.kind === "llm" ? aggregate.model : aggregate.kind;
}

function describeAggregated({ teams, answer, reason }: EventOf<"answers-aggregated">): string {
  if (answer === undefined) return `no answer, so the vote counts: ${reason}`;
  return `answers "${answer}" from the work of ${teams.length} teams`;
}

function describeJudgement({ team, verdict, reason, durationMs }: EventOf<"answer-judged">): string {
  const took = `after ${(durationMs / 1000).toFixed(1)} s`;
  if (verdict === "accept") return `the check accepts the answer of ${team} ${took}`;
  if (verdict === "reject") return `the check rejects the answer of ${team} ${took}: ${reason}`;
  return `the check of ${team}'s answer could not be made: ${reason}`;
}

/** Empty for a step of the team itself. */
function agentOf(key: string): string {
  const part = key.split("/").at(1) ?? "";
  return /^\d+$/.test(part) ? "" : part;
}

function describeToolCall(step: ToolStep): string {
  if (step.effect === "external") return callText(step);
  const { code, language, path, command } = step.arguments;
  if (typeof code === "string") {
    const count = code.trimEnd().split("\n").length;
    return `runs ${count} ${count === 1 ? "line" : "lines"} of ${String(language)}`;
  }
  if (step.tool === "command" && typeof command === "string") return `runs ${command}`;
  return typeof path === "string" ? `${step.tool} ${path}` : step.tool;
}

function describeStepEnd(started: EventOf<"step-started">, event: EventOf<"step-finished">): string {
  const took = `${(event.durationMs / 1000).toFixed(1)} s`;
  if (event.status === "failed") return `failed after ${took}: ${event.failure?.message ?? "no reason given"}`;
  if (event.status === "aborted") return event.attempts === 0 ? "" : `cut off after ${took}`;
  if (event.staged) return "is staged: performed after the decision, if the answer rests on this team";
  const retried = event.retried?.length ? `, ${event.retried.length} failed before: ${event.retried.join("; ")}` : "";
  if (started.step.kind === "tool") return describeResult(event, took);
  // What the Orchestrator's replies come to is told by its ledgers.
  if (started.agent === "Orchestrator" && retried === "") return "";
  return `the model gave ${event.usage?.outputTokens ?? 0} tokens in ${took}${retried}`;
}

/** How a program ended; other tools' results are told by whoever asked for them. */
function describeResult(event: EventOf<"step-finished">, took: string): string {
  const { exitCode, timedOut } = event.result?.facts ?? {};
  if (timedOut === true) return `timed out after ${took}`;
  return exitCode === undefined ? "" : `exit code ${String(exitCode)} after ${took}`;
}

function describeLedger(event: EventOf<"progress-ledger-written">): string {
  const { is_request_satisfied, next_speaker, instruction_or_question } = event.ledger;
  if (is_request_satisfied.answer)
    return `turn ${event.turn}: the request is satisfied. ${is_request_satisfied.reason}`;
  return `turn ${event.turn}: to ${next_speaker.answer}: ${instruction_or_question.answer}`;
}

function describeTeamEnd(event: EventOf<"team-finished">): string {
  const turns = `${event.turns} ${event.turns === 1 ? "turn" : "turns"}`;
  if (event.outcome === "answered") return `answers "${event.answer ?? ""}" after ${turns}`;
  return `${event.outcome} after ${turns}: ${event.reason}`;
}

/** Why is told with the result. */
function describeDecision({ outcome, winner, latencyMs, explanation }: EventOf<"race-decided">): string {
  const after = `decided after ${(latencyMs / 1000).toFixed(1)} s`;
  if (explanation?.by === "llm")
    return `${after}: ${winner ? `it rests on ${winner}` : "it rests on no team's answer"}`;
  return winner ? `${after}: ${winner} wins` : `${after}: ${outcome}`;
}

function runFinished(event: EventOf<"run-finished">): string[] {
  const { usage, afterWin, aggregation } = event;
  const spent = `${describeUsage(usage)}${aggregation ? ` (of it the aggregator's: ${aggregation.tokens} tokens)` : ""}`;
  const quiet = `quiet ${afterWin.quietMs} ms after the decision, ${afterWin.callsAborted} calls cut off, ${afterWin.callsBegun} begun`;
  const alive = afterWin.stillAlive.length > 0 ? `; still alive: ${afterWin.stillAlive.join(", ")}` : "";
  const effects = EFFECTS[event.effects];
  return [`${spent}; ${quiet}${alive}`, ...(effects ? [effects] : [])];
}

const EFFECTS: Readonly<Record<EffectsSummary, string>> = {
  none: "",
  done: "its external calls are done",
  pending: "of its external calls not all are done yet: m1p approvals",
  failed: "of its external calls not all were done",
};

function truncate(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}
