import { counted } from "../../base/counted.ts";
import { styleText } from "node:util";
import { AGGREGATOR_SCOPE } from "../../events/aggregate.ts";
import { RUN_SCOPE, type EventOf, type LoggedEvent, type Origin } from "../../events/run-event.ts";
import { describeAge } from "../words/duration.ts";
import { EffectTeller } from "./effect-teller.ts";
import {
  agentOf,
  describeAcceptance,
  describePolicy,
  describeStepEnd,
  describeToolCall,
  EFFECTS,
  tell,
} from "./event-words.ts";
import { oneLine } from "../words/printable.ts";
import { describeUsage } from "../words/usage-text.ts";

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

  /** The line for something that is only of interest now, and not in the log. */
  note(key: string, text: string, time: number): string {
    const scope = key.split("/").at(0) ?? "";
    return this.#line({ scope, time: Math.max(time, this.#lastAt) }, agentOf(key), text, "yellow");
  }

  #runStarted(event: LoggedEvent & EventOf<"run-started">): string[] {
    const count = event.teams.length;
    const files = event.task.files.map((file) => file.name).join(", ");
    const lines = [
      `${counted(count, "team")} on one task, policy ${describePolicy(event)}: ${event.task.prompt}`,
      ...(files ? [`files: ${files}`] : []),
      ...(event.workdir ? [`every team works on a copy of ${event.workdir.path}`] : []),
      ...(event.acceptance ? [describeAcceptance(event.acceptance, event.programs?.unsafeHostExec)] : []),
      `run ${event.runId}`,
    ].map((text) => this.#line(event, "", text));
    if (event.origin) lines.push(this.#line(event, "", describeOrigin(event.origin)));
    for (const text of describeDamage(event.origin)) lines.push(this.#line(event, "", text, "yellow"));
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

/** Short, so that a narrow screen has all of it. */
function describeDamage(origin: Origin | undefined): readonly string[] {
  if (origin?.damagedAt === undefined) return [];
  return [
    `its log is damaged at event ${origin.damagedAt}: what it did then is unknown`,
    "calls that acted in the world there may be done AGAIN here",
  ];
}

/** Whose line it is, and when it came about. */
type Place = Pick<LoggedEvent, "scope" | "time">;

function runFinished(event: EventOf<"run-finished">): string[] {
  const { usage, afterWin, aggregation } = event;
  const spent = `${describeUsage(usage)}${aggregation ? ` (of it the aggregator's: ${aggregation.tokens} tokens)` : ""}`;
  const quiet = `quiet ${afterWin.quietMs} ms after the decision, ${afterWin.callsAborted} calls cut off, ${afterWin.callsBegun} begun`;
  const alive = afterWin.stillAlive.length > 0 ? `; still alive: ${afterWin.stillAlive.join(", ")}` : "";
  const effects = EFFECTS[event.effects];
  return [`${spent}; ${quiet}${alive}`, ...(effects ? [effects] : [])];
}

function truncate(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}
