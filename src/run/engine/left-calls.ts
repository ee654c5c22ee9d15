import type { ModelSettings, ModelStep, Usage } from "../../events/model-call.ts";
import type { EventOf, LoggedEvent } from "../../events/run-event.ts";
import type { RunLog, ScopeWriter } from "../../log/run-log.ts";
import { Conversation } from "../../steps/conversation.ts";
import type { ModelExecutor } from "../../steps/executors.ts";

/** A model call that the log has begun and not ended, by its place in the log. */
export interface LeftCall {
  readonly scope: string;
  readonly key: string;
  readonly seq: number;
}

/** Owns: which model calls of a run's log are under way. Does not own: who goes on with them. */
export class LeftCalls {
  readonly #underWay = new Map<string, LeftCall>();

  get underWay(): readonly LeftCall[] {
    return [...this.#underWay.values()];
  }

  apply(event: LoggedEvent): void {
    if (event.type === "step-started" && event.step.kind === "model") {
      const { scope, key, seq } = event;
      this.#underWay.set(key, { scope, key, seq });
    }
    if (event.type === "step-finished") this.#underWay.delete(event.key);
  }
}

export interface SettleOptions {
  readonly log: RunLog;
  readonly models: Pick<ModelExecutor, "cutOffUsage">;
  /** Of the scopes in which they were begun. */
  readonly writers: ReadonlyMap<string, ScopeWriter>;
}

/**
 * Ends, in the log, calls that were under way when their process died and that nobody goes on with, since the race
 * was decided or had answers enough: what they used is estimated, so that the receipt has it (G1).
 */
export async function settleLeftCalls(left: readonly LeftCall[], options: SettleOptions): Promise<void> {
  for (const scope of new Set(left.map((call) => call.scope))) {
    const own = left.filter((call) => call.scope === scope);
    const ends = await endsOf(own, scope, options);
    await options.writers.get(scope)?.append(ends);
  }
}

async function endsOf(
  calls: readonly LeftCall[],
  scope: string,
  { log, models }: SettleOptions,
): Promise<EventOf<"step-finished">[]> {
  const asked = new Map(calls.map(({ seq, key }) => [seq, key] as const));
  const last = Math.max(...asked.keys());
  const known = new Map<string, Conversation>();
  const questions: { key: string; conversation: Conversation; settings: ModelSettings }[] = [];
  for (const event of log.read()) {
    if (event.seq > last) break;
    if (event.scope !== scope || event.type !== "step-started" || event.step.kind !== "model") continue;
    const conversation = conversationOf(event.step.conversation, known);
    const key = asked.get(event.seq);
    if (key !== undefined) questions.push({ key, conversation, settings: event.step.settings });
  }
  const usages = questions.map(({ conversation, settings }) => models.cutOffUsage(conversation.messages(), settings));
  return (await Promise.all(usages)).map((usage, index) => endOf(questions[index]?.key ?? "", usage));
}

/** What was asked, from the links that the log has up to here; `known` takes the new ones in. */
function conversationOf({ base, added }: ModelStep["conversation"], known: Map<string, Conversation>): Conversation {
  let last = (base === null ? undefined : known.get(base)) ?? Conversation.empty;
  for (const message of added) {
    last = last.append(message);
    known.set(last.id, last);
  }
  return last;
}

function endOf(key: string, usage: Usage): EventOf<"step-finished"> {
  const message = "The process that did it ended, and nobody waits for it any more.";
  const failure = { code: "step-left", message };
  return { type: "step-finished", key, status: "aborted", failure, usage, attempts: 1, durationMs: 0 };
}
