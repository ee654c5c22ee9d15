import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import { exactly, oneLine } from "../words/printable.ts";

interface Call {
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
}

/** What is told of an event: a few words, and what they are about. */
export interface ToldEffect {
  readonly title: string;
  readonly body: string;
  /** How people should take it. */
  readonly mood: "plain" | "good" | "bad" | "asks";
}

/**
 * Owns: what is needed to tell a run's external calls and the questions about them: what each call is, and what
 * each question is about. Does not own: where it is told.
 */
export class EffectTeller {
  readonly #calls = new Map<string, Call>();
  readonly #abouts = new Map<string, "effect" | "step">();

  /** What an event says of external calls and questions; undefined for all others. */
  tell(event: LoggedEvent): ToldEffect | undefined {
    switch (event.type) {
      case "step-started":
        if (event.step.kind === "tool" && event.step.effect === "external")
          this.#calls.set(`commit:${event.key}`, event.step);
        return undefined;
      case "effect-started":
        this.#calls.set(event.effect, event);
        return { title: `performs what ${event.team} ${GROUNDS[event.grounds]}`, body: callText(event), mood: "plain" };
      case "effect-finished":
        return this.#finished(event);
      case "question-asked":
        this.#abouts.set(event.question, event.about);
        return { title: `asks a person, ${event.question}`, body: `${callText(event)}: ${event.text}`, mood: "asks" };
      case "question-answered":
        return { title: `${event.by} decides, ${event.question}`, body: this.#decision(event), mood: "plain" };
      case "run-waiting":
        return {
          title: "waits for a person",
          body: `${event.questions.join(", ")} (m1p approvals tells more)`,
          mood: "asks",
        };
      default:
        return undefined;
    }
  }

  #finished(event: EventOf<"effect-finished">): ToldEffect {
    const tool = oneLine(this.#calls.get(event.effect)?.tool ?? "the call");
    const mood = event.status === "performed" ? "good" : event.status === "in-doubt" ? "asks" : "bad";
    return { title: tool, body: endText(event), mood };
  }

  #decision({ question, decision, text = "" }: EventOf<"question-answered">): string {
    const again = this.#abouts.get(question) === "step" ? "run it again" : "do it again";
    return { again, "not-again": "leave it", done: `it was done, and answered: ${text}` }[decision];
  }
}

const GROUNDS = { commit: "staged", permit: "needs to go on" } as const;

/** How an external call ended, in words. */
function endText({ status, by, result, failure }: EventOf<"effect-finished">): string {
  const source = { call: "", status: ", says its status query", person: ", says a person" }[by];
  const why = failure ? `: ${failure.message}` : "";
  switch (status) {
    case "performed":
      return `done${source}: ${result?.text ?? ""}`;
    case "failed":
      return `not done${source}${why}`;
    case "in-doubt":
      return `nobody knows whether it was done${why}`;
    case "refused":
      return "nobody knows whether it was done, and a person leaves it so";
    case "skipped":
      return "not done, since one before it was not";
  }
}

/** A call as people must see it before they decide: nothing left out, nothing hidden. */
export function callText({ tool, arguments: args }: Call): string {
  return `${oneLine(tool)} ${exactly(args)}`;
}
