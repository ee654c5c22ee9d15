import type { EventOf, RunEvent } from "../../src/events/run-event.ts";
import { uuidOf } from "../../src/base/ids.ts";
import type { StoredEvent } from "../../src/log/chain.ts";
import type { Notes } from "./notes.ts";

/** What may come after `run-finished`: effects that waited for a person, and a person's words that came too late. */
const MAY_FOLLOW = /^(effect-|question-|run-resumed$|input-sent$)/;

/** Marks of what a model is asked that makes one answer of several. */
export const AGGREGATOR = "Aggregator";
export const AGGREGATOR_AGAIN = "Aggregator again";
const AGGREGATOR_SCOPE = "aggregator";

/** A step as the durable log has it. */
interface WitnessedStep {
  readonly key: string;
  readonly team: string;
  readonly kind: "model" | "tool";
  /** Read, workspace or external; of a tool. */
  readonly effect: string;
  readonly asked: string;
  state: "open" | "given" | "aborted";
  /** The life in which it was begun last. */
  life: number;
  /** How often it was begun, restarts included. */
  begun: number;
}

interface WitnessedEffect {
  readonly key: string;
  state: string;
}

/**
 * What is durable, event by event: a reading of the log of its own, which shares nothing with the engine's. It
 * says at once when something happens that must not.
 */
export class Witness {
  readonly #notes: Notes;
  readonly #runId: string;
  readonly #onQuestion: (question: EventOf<"question-asked">) => void;
  readonly steps = new Map<string, WitnessedStep>();
  readonly byMark = new Map<string, WitnessedStep>();
  /** The life in which each thing was told or begun first, by key. */
  readonly firstLives = new Map<string, number>();
  readonly finishedTeams = new Map<string, RunEvent & { type: "team-finished" }>();
  readonly snapshots = new Map<string, string>();
  readonly effects = new Map<string, WitnessedEffect>();
  readonly openQuestions = new Map<string, RunEvent & { type: "question-asked" }>();
  /** What came back to each team, in log order: what it is to see again in that order. */
  readonly given = new Map<string, string[]>();
  decided: (RunEvent & { type: "race-decided" }) | undefined;
  begun = false;
  /** Whether a model makes one answer of several, and whether it has been asked. */
  #aggregates = false;
  #hasAggregated = false;
  finished = false;

  constructor(runId: string, notes: Notes, onQuestion: (question: EventOf<"question-asked">) => void) {
    this.#runId = runId;
    this.#notes = notes;
    this.#onQuestion = onQuestion;
  }

  /** Takes in an event that has just become durable. */
  apply({ scope, body }: StoredEvent, life: number): void {
    const event = JSON.parse(body) as RunEvent;
    this.#order(event, scope);
    if ("key" in event && !this.firstLives.has(event.key)) this.firstLives.set(event.key, life);
    switch (event.type) {
      case "run-started":
        this.begun = true;
        this.#aggregates = event.aggregate?.kind === "llm";
        break;
      case "workspace-opened":
        this.snapshots.set(scope, event.snapshot);
        break;
      case "step-started":
        this.#begin(event, scope, life);
        break;
      case "step-restarted":
        this.#restart(event, life);
        break;
      case "step-finished":
        this.#finish(event, scope);
        break;
      case "input-delivered":
      case "proposal-answered":
        this.#give(scope, event.key);
        break;
      case "effect-started":
      case "effect-finished":
        this.#effect(event);
        break;
      case "question-asked":
        this.openQuestions.set(event.question, event);
        this.#onQuestion(event);
        break;
      case "question-answered":
        this.openQuestions.delete(event.question);
        break;
      case "team-finished":
        this.#finishTeam(event);
        break;
      case "race-decided":
        this.#must(!this.decided, "R1", "The race is decided twice.");
        this.decided = event;
        break;
      case "run-finished":
        this.finished = true;
        break;
      default:
    }
  }

  /** Whether something outside is to be done or found out: then a process has to go on with the run. */
  get isPending(): boolean {
    return [...this.effects.values()].some(({ state }) => state === "under-way" || state === "in-doubt");
  }

  /** A model is asked, or a tool's program begins: whatever is executed must be begun in the log, and not ended. */
  stepIsExecuted(mark: string, life: number): void {
    const step = this.byMark.get(mark);
    this.#must(step, "L2", `${mark} is executed, and no step of it is durable.`);
    if (!step) return;
    this.#must(step.state !== "given", "S1", `${mark} (${step.key}) is executed again, though the log has its end.`);
    this.#must(step.state === "open", "L2", `${mark} (${step.key}) is executed, and is ${step.state} in the log.`);
    this.#must(step.life === life, "L2", `${mark} (${step.key}) is executed in life ${life} without its restart.`);
    this.#must(!this.decided, "R3", `${mark} (${step.key}) is executed after the race was decided.`);
    const isNeeded = !this.#hasAggregated || step.team === AGGREGATOR_SCOPE;
    this.#must(isNeeded, "R3", `${mark} (${step.key}) is executed while answers are aggregated.`);
    this.#must(!this.finishedTeams.has(step.team), "R3", `${mark} is executed after the end of its team.`);
    this.#notes.count("L2: executions held against the log");
    if (step.begun > 1)
      this.#notes.count(`S3: cut-off ${step.kind === "model" ? "model" : step.effect} steps done again`);
  }

  /** A program works in a team's folder: it must be as the log has it last. */
  folderIsUsed(mark: string, folder: string): void {
    const step = this.byMark.get(mark);
    if (step?.effect !== "workspace") return;
    const known = this.snapshots.get(step.team);
    this.#must(known === folder, "S3", `${mark} runs in a folder that is not as the log has it last.`);
    this.#notes.count("S3: programs that found their folder as it was");
  }

  /** The office is called. */
  effectIsCalled(key: string, life: number): void {
    const effect = this.effects.get(key);
    this.#must(
      effect?.state === "under-way",
      "L2",
      `The call ${key} leaves in life ${life}, and is not begun in the log.`,
    );
    this.#notes.count("L2: executions held against the log");
  }

  #order(event: RunEvent, scope: string): void {
    this.#must(
      !this.finished || MAY_FOLLOW.test(event.type),
      "R3",
      `${event.type} of ${scope} comes after run-finished.`,
    );
    const ended = this.finishedTeams.has(scope) && event.type !== "step-finished";
    this.#must(!ended, "R3", `${event.type} of ${scope} comes after the team's end.`);
    const comesBack = this.decided && (event.type === "team-launched" || event.type === "step-restarted");
    this.#must(!comesBack, "R3", `${event.type} of ${scope} comes after the race was decided.`);
  }

  #begin(event: RunEvent & { type: "step-started" }, team: string, life: number): void {
    const { key, step } = event;
    this.#must(!this.steps.has(key), "S1", `${key} is begun twice.`);
    const message = step.kind === "model" ? step.conversation.added.at(-1) : undefined;
    const asks = message && (message.name ?? (team === AGGREGATOR_SCOPE ? AGGREGATOR_AGAIN : undefined));
    const mark = step.kind === "model" ? asks : step.arguments["mark"];
    this.#hasAggregated ||= team === AGGREGATOR_SCOPE;
    const witnessed: WitnessedStep = {
      key,
      team,
      kind: step.kind,
      effect: step.kind === "tool" ? step.effect : "",
      asked: JSON.stringify(message ?? step),
      state: "open",
      life,
      begun: 1,
    };
    this.steps.set(key, witnessed);
    if (typeof mark !== "string") return;
    this.#must(!this.byMark.has(mark), "S1", `${mark} is begun twice, as ${this.byMark.get(mark)?.key} and ${key}.`);
    this.byMark.set(mark, witnessed);
  }

  #restart({ key }: RunEvent & { type: "step-restarted" }, life: number): void {
    const step = this.steps.get(key);
    this.#must(step && step.state !== "given", "S1", `${key} is restarted, and is ${step?.state ?? "unknown"}.`);
    if (!step) return;
    this.#must(step.life !== life, "S3", `${key} is restarted in the life in which it was begun.`);
    step.state = "open";
    step.life = life;
    step.begun += 1;
  }

  #finish(event: RunEvent & { type: "step-finished" }, team: string): void {
    const step = this.steps.get(event.key);
    this.#must(step?.state === "open", "S1", `${event.key} ends, and is ${step?.state ?? "unknown"}.`);
    if (!step) return;
    step.state = event.status === "aborted" ? "aborted" : "given";
    if (event.snapshot !== undefined) this.snapshots.set(team, event.snapshot);
    if (event.status !== "aborted") this.#give(team, event.key);
    if (event.staged) this.#notes.count("R5: staged calls");
  }

  #give(team: string, key: string): void {
    const given = this.given.get(team) ?? [];
    // Several inputs taken at one place come together.
    if (given.at(-1) !== key) given.push(key);
    this.given.set(team, given);
  }

  #effect(event: RunEvent & { type: "effect-started" | "effect-finished" }): void {
    const key = uuidOf(this.#runId, event.effect);
    const before = this.effects.get(key)?.state;
    if (event.type === "effect-started") {
      this.#must(event.idempotencyKey === key, "R5", `${event.effect} is called under another key than before.`);
      const may = before === undefined || before === "failed" || before === "in-doubt";
      this.#must(may, "R5", `${event.effect} is begun again, and is ${before}.`);
      this.effects.set(key, { key, state: "under-way" });
      return;
    }
    const isOpen =
      before === "under-way" || before === "in-doubt" || (before === undefined && event.status === "skipped");
    this.#must(isOpen, "R5", `${event.effect} ends as ${event.status}, and is ${before}.`);
    this.effects.set(key, { key, state: event.status });
  }

  #finishTeam(event: RunEvent & { type: "team-finished" }): void {
    this.#must(!this.finishedTeams.has(event.team), "R1", `${event.team} ends twice.`);
    const answered = [...this.finishedTeams.values()].filter(({ outcome }) => outcome === "answered").length;
    const isEnough = this.#aggregates && answered >= 2;
    const tooEarly = event.outcome === "stopped" && !this.decided && !isEnough;
    this.#must(!tooEarly, "R3", `${event.team} is stopped, and the race is not decided.`);
    this.finishedTeams.set(event.team, event);
  }

  #must(holds: unknown, promise: string, text: string): void {
    if (!holds) this.#notes.violate(promise, text);
  }
}
