import { counted } from "../../base/counted.ts";
import type { AggregateDescription } from "../../events/aggregate.ts";
import type { AcceptanceDescription } from "../../events/input.ts";
import type { EffectsSummary, EventOf, LoggedEvent } from "../../events/run-event.ts";
import type { ToolStep } from "../../events/tool-call.ts";
import { compactionLine } from "./compaction-text.ts";
import { callText } from "./effect-teller.ts";
import { secondsText } from "../words/duration.ts";

/** What an answer must pass, and where that is found out. */
export function describeAcceptance(acceptance: AcceptanceDescription, isUnsafe = false): string {
  if (acceptance.kind === "function") return `an answer must pass ${acceptance.name}`;
  return `an answer must pass ${isUnsafe ? "WITHOUT a sandbox" : "in the sandbox"}: ${acceptance.command}`;
}

/** What is told of an event, whose words it is, and how people should take it. */
export interface Told {
  readonly who: string;
  readonly text: string;
  readonly style?: "bold" | "dim" | "green" | "red" | "yellow";
}

/** Events that need nothing but themselves to be told. */
export function tell(event: LoggedEvent): Told | undefined {
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

export function describePolicy({ policy, aggregate }: EventOf<"run-started">): string {
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
  const took = `after ${secondsText(durationMs)}`;
  if (verdict === "accept") return `the check accepts the answer of ${team} ${took}`;
  if (verdict === "reject") return `the check rejects the answer of ${team} ${took}: ${reason}`;
  return `the check of ${team}'s answer could not be made: ${reason}`;
}

/** Empty for a step of the team itself. */
export function agentOf(key: string): string {
  const part = key.split("/").at(1) ?? "";
  return /^\d+$/.test(part) ? "" : part;
}

export function describeToolCall(step: ToolStep): string {
  if (step.effect === "external") return callText(step);
  const { code, language, path, command } = step.arguments;
  if (typeof code === "string") {
    const count = code.trimEnd().split("\n").length;
    return `runs ${counted(count, "line")} of ${String(language)}`;
  }
  if (step.tool === "command" && typeof command === "string") return `runs ${command}`;
  return typeof path === "string" ? `${step.tool} ${path}` : step.tool;
}

export function describeStepEnd(started: EventOf<"step-started">, event: EventOf<"step-finished">): string {
  const took = secondsText(event.durationMs);
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
  const turns = counted(event.turns, "turn");
  if (event.outcome === "answered") return `answers "${event.answer ?? ""}" after ${turns}`;
  return `${event.outcome} after ${turns}: ${event.reason}`;
}

/** Why is told with the result. */
function describeDecision({ outcome, winner, latencyMs, explanation }: EventOf<"race-decided">): string {
  const after = `decided after ${secondsText(latencyMs)}`;
  if (explanation?.by === "llm")
    return `${after}: ${winner ? `it rests on ${winner}` : "it rests on no team's answer"}`;
  return winner ? `${after}: ${winner} wins` : `${after}: ${outcome}`;
}

/** What a run's external calls came to, in words; empty where it had none. */
export const EFFECTS: Readonly<Record<EffectsSummary, string>> = {
  none: "",
  done: "its external calls are done",
  pending: "of its external calls not all are done yet: m1p approvals",
  failed: "of its external calls not all were done",
};
