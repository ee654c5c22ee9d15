import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Proof, ProofContext } from "../scripts/proof/proof.ts";
import type { Message } from "../src/events/message.ts";
import { AttemptFailed } from "../src/model/attempt-failed.ts";
import type { LanguageModel, StreamedReply, StreamSettings } from "../src/model/model.ts";
import { race } from "../src/run/race.ts";
import { magenticOne } from "../src/run/line-up/magentic-one.ts";
import { countTokens } from "../test/scenarios/windowed-model.ts";

const TURNS = 300;
const WINDOW = 8_000;
const TEAMS = 3;
const UNLIMITED = 10_000_000;
/** The turns that are compared, from and to. */
const EARLY = [20, 70] as const;
const LATE = [250, 300] as const;
/** How far a step's CPU may grow from early to late. */
const FLAT = 1.3;

/** 300 turns with a model that takes 8,000 tokens, and with one that takes all. */
const proof: Proof = async (context) => {
  const kept = await measure(context, WINDOW);
  const free = await measure(context, UNLIMITED);
  const holds = kept.refused === 0 && kept.longest <= WINDOW && kept.late / kept.early <= FLAT;
  const row = (name: string, { longest, refused, compactions, shared, early, late }: Measured) => [
    name,
    longest,
    refused,
    compactions,
    `${Math.round(shared * 100)}%`,
    early.toFixed(2),
    late.toFixed(2),
  ];
  return {
    title: "Long runs within a model's window",
    summary:
      `${TEAMS} Magentic-One teams, ${TURNS} turns each, race in one process with the log on disk; the model is scripted, counts tokens in its own way (not ours), refuses what is longer than its window, and reports what it counted. ` +
      "Each turn is a progress ledger and a Coder's reply of 150 words. The second row is the same with a model that takes everything. CPU is the process's, without the model's own, over the model steps of all teams. " +
      `The proof holds when no prompt was refused or longer than ${WINDOW} tokens, and a step of turns ${LATE.join(" to ")} costs at most ${FLAT} times one of turns ${EARLY.join(" to ")}. ` +
      "Not measured: a real model's work with its own summaries, and a provider's real cache: shared is the part of a prompt with which the one before, of the same agent, began.",
    holds,
    tables: [
      {
        heading: "By the model's window",
        columns: ["window", "longest prompt", "refused", "compactions", "shared", "CPU ms a step, early", "late"],
        rows: [row(`${WINDOW}`, kept), row("unlimited", free)],
      },
    ],
  };
};
export default proof;

interface Measured {
  readonly longest: number;
  readonly refused: number;
  readonly compactions: number;
  /** The mean share of a prompt that the agent's prompt before began with. */
  readonly shared: number;
  /** CPU milliseconds a model step. */
  readonly early: number;
  readonly late: number;
}

async function measure(context: ProofContext, window: number): Promise<Measured> {
  const dataDir = mkdtempSync(join(tmpdir(), "m1p-context-"));
  const model = new CountingModel(window);
  const teams = magenticOne({ model: model.id, maxTurns: TURNS, contextWindow: window }).times(TEAMS);
  try {
    const run = race({ task: "Report what is found.", teams, models: [model], dataDir, signal: context.signal });
    let compactions = 0;
    const marks = new Map<number, Mark>();
    for await (const event of run.events) {
      if (event.type === "context-compacted") compactions += 1;
      if (event.type === "turn-started" && event.scope === "team-1") marks.set(event.turn, model.mark());
    }
    await run.receipt;
    context.say(`window ${window}: longest prompt ${model.longest}, ${compactions} compactions`);
    const { longest, refused, shared } = model;
    const cost = ([from, to]: readonly [number, number]) => between(marks.get(from), marks.get(to));
    return { longest, refused, compactions, shared, early: cost(EARLY), late: cost(LATE) };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** How far the process was: its CPU without the model's own, and the model's calls. */
interface Mark {
  readonly cpuMs: number;
  readonly calls: number;
}

function between(from: Mark | undefined, to: Mark | undefined): number {
  if (!from || !to) throw new Error("The run ended before the turns that are compared.");
  return (to.cpuMs - from.cpuMs) / (to.calls - from.calls);
}

/** Knows no more than its prompt says, takes no more than its window, and keeps what it was asked apart from the cost. */
class CountingModel implements LanguageModel {
  readonly id = "own/counting";
  readonly abilities = { schema: true, tool: true, seed: true, orchestrates: "full-ledger" } as const;
  readonly billing = "free";
  readonly rehearsal = true;
  longest = 0;
  refused = 0;
  readonly #window: number;
  readonly #before = new Map<string, readonly Message[]>();
  readonly #shares: number[] = [];
  #calls = 0;
  #ownMs = 0;

  constructor(window: number) {
    this.#window = window;
  }

  get shared(): number {
    return this.#shares.reduce((sum, share) => sum + share, 0) / this.#shares.length;
  }

  mark(): Mark {
    const { user, system } = process.cpuUsage();
    return { cpuMs: (user + system) / 1_000 - this.#ownMs, calls: this.#calls };
  }

  stream(messages: readonly Message[], settings: StreamSettings): Promise<StreamedReply> {
    const began = process.cpuUsage();
    try {
      return this.#answer(messages, settings.seed ?? 0);
    } finally {
      this.#calls += 1;
      const { user, system } = process.cpuUsage(began);
      this.#ownMs += (user + system) / 1_000;
    }
  }

  #answer(messages: readonly Message[], seed: number): Promise<StreamedReply> {
    const inputTokens = countTokens(messages);
    this.longest = Math.max(this.longest, inputTokens);
    this.#share(`${seed} ${messages[0]?.content}`, messages);
    const text = reply(messages);
    const outputTokens = countTokens([{ role: "assistant", content: text }]);
    if (inputTokens + outputTokens > this.#window) {
      this.refused += 1;
      const words = `This model's maximum context length is ${this.#window} tokens`;
      return Promise.reject(new AttemptFailed("model-too-long", words, { retryable: false }));
    }
    const usage = { inputTokens, outputTokens, cachedTokens: 0, cacheWriteTokens: 0 };
    return Promise.resolve({ text, finishReason: "stop", usage });
  }

  #share(whose: string, messages: readonly Message[]): void {
    const before = this.#before.get(whose);
    this.#before.set(whose, messages);
    if (!before) return;
    const differs = messages.findIndex((message, index) => message.content !== before[index]?.content);
    const length = (some: readonly Message[]) => some.reduce((sum, { content }) => sum + content.length, 0);
    this.#shares.push(length(messages.slice(0, differs < 0 ? messages.length : differs)) / length(messages));
  }
}

const WORDS = "the rows of a table were read and sorted by their depth, then counted; nothing else was found".split(
  " ",
);

function words(count: number): string {
  return Array.from({ length: count }, (_, index) => WORDS[index % WORDS.length]).join(" ");
}

function reply(messages: readonly Message[]): string {
  const last = messages.at(-1)?.content ?? "";
  if (last.includes("is_request_satisfied")) return JSON.stringify(LEDGER);
  return last.includes("FINAL ANSWER") ? "FINAL ANSWER: none" : words(150);
}

const no = { reason: words(15), answer: false };
const LEDGER = {
  is_request_satisfied: no,
  is_in_loop: no,
  is_progress_being_made: { reason: words(15), answer: true },
  next_speaker: { reason: "so", answer: "Coder" },
  instruction_or_question: { reason: "so", answer: words(20) },
};
