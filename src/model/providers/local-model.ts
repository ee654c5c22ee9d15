import { availableParallelism } from "node:os";
import type { ChatWrapper, LlamaContext, LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp";
import { CancelScope } from "../../base/abort.ts";
import { Cancelled, M1Error, UsageError } from "../../base/errors.ts";
import type { Message } from "../../events/message.ts";
import { AttemptFailed } from "../attempt-failed.ts";
import type { ModelAbilities } from "../../events/model-call.ts";
import type { LanguageModel, StreamOptions, StreamSettings, StreamedReply } from "../model.ts";
import { reasonOf, startLocalEngine } from "./local-engine.ts";
import type { LocalEngine } from "./local-engine.ts";
import { LocalEvaluation, PROMPT_PIECE } from "./local-evaluation.ts";
import type { LocalCall } from "./local-evaluation.ts";
import { LocalGrammars } from "./local-grammar.ts";
import { chatHistoryOf } from "./local-prompt.ts";
import { SequencePool } from "./local-sequences.ts";
import { WorkQueue } from "./local-queue.ts";

/** A model's weights on this machine. */
export interface LocalWeights {
  /** The reference it is opened by: `local/NAME`, `local/PATH.gguf`. */
  readonly id: string;
  /** The GGUF file. */
  readonly path: string;
  /**
   * How many tokens a call may have, prompt and reply together; 4096 unless said, never more than the model was trained
   * on.
   */
  readonly contextTokens?: number;
}

export interface LocalModelOptions {
  /** How many calls are to be answered at once, one a team; more than 8 wait for each other. */
  readonly sequences: number;
}

const CONTEXT_TOKENS = 4096;
const REPLY_TOKENS = 512;
/** Where a call asks for none: what the makers of the small models in question advise. */
const TEMPERATURE = 0.7;
/** Each sequence costs memory, and the cores are shared by all. */
const MOST_SEQUENCES = 8;
const MOST_THREADS = 8;

/**
 * Loads a GGUF model into this process. Throws `UsageError`: `local-engine-missing`,
 * `local-engine-unusable`, `local-weights-unusable`, `local-memory`.
 */
export async function openLocalModel(
  weights: LocalWeights,
  options: LocalModelOptions,
): Promise<LanguageModel & AsyncDisposable> {
  const threads = threadCount();
  const engine = await startLocalEngine(threads);
  try {
    const model = await load(engine, weights);
    const context = await createContext(engine, model, { weights, threads, sequences: options.sequences });
    return new LocalModel(weights.id, engine, model, context);
  } catch (error) {
    await engine.llama.dispose();
    throw error;
  }
}

/**
 * Half of the cores. The engine's threads spin while they wait for each other, so one that shares its
 * core holds up all: with both of 2 cores, a busy program beside cost 15 of 16 tokens a second
 * (docs/decisions), and the teams' own programs run beside.
 */
function threadCount(): number {
  return Math.min(MOST_THREADS, Math.max(1, Math.floor(availableParallelism() / 2)));
}

async function load({ llama }: LocalEngine, { path }: LocalWeights): Promise<LlamaModel> {
  try {
    return await llama.loadModel({ modelPath: path });
  } catch (error) {
    throw new UsageError("local-weights-unusable", `The model file ${path} can't be loaded: ${reasonOf(error)}.`, {
      hint: "It must be a whole GGUF file of a chat model; fetch it again, or name another model with -m.",
      cause: error,
    });
  }
}

async function createContext(
  { library }: LocalEngine,
  model: LlamaModel,
  { weights, threads, sequences: asked }: { weights: LocalWeights; threads: number; sequences: number },
): Promise<LlamaContext> {
  const sequences = Math.max(1, Math.min(asked, MOST_SEQUENCES));
  try {
    return await model.createContext({
      sequences,
      contextSize: Math.min(weights.contextTokens ?? CONTEXT_TOKENS, model.trainContextSize),
      threads,
      // One piece of one prompt, and a token of each other sequence: more is never evaluated at once.
      batchSize: PROMPT_PIECE + sequences,
    });
  } catch (error) {
    if (!(error instanceof library.InsufficientMemoryError)) throw error;
    throw new UsageError("local-memory", `There is not enough memory for ${sequences} teams on ${weights.id}.`, {
      hint: "Race fewer teams, or use a smaller model.",
      cause: error,
    });
  }
}

/**
 * A GGUF model in this process, shared by the teams of a run: one loaded model, one context, a
 * sequence a call.
 * Owns: the native model and what it holds. Does not own: retries, timeouts.
 * Invariants: 1. `stream` settles only when nothing of its call is evaluating any more (R3), at the
 * latest one piece of a prompt after its abort; 2. teams, told apart by their seeds, wait for
 * sequences in turns; 3. what is native is freed only when no call is left.
 */
class LocalModel implements LanguageModel, AsyncDisposable {
  readonly id: string;
  readonly abilities: ModelAbilities;
  readonly billing = "free";
  readonly rehearsal = false;
  readonly #engine: LocalEngine;
  readonly #model: LlamaModel;
  readonly #chat: ChatWrapper;
  readonly #grammars: LocalGrammars;
  readonly #pool: SequencePool<LlamaContextSequence>;
  readonly #queue = new WorkQueue();
  readonly #contextTokens: number;
  readonly #calls = new Map<CancelScope, Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(id: string, engine: LocalEngine, model: LlamaModel, context: LlamaContext) {
    this.id = id;
    this.#engine = engine;
    this.#model = model;
    this.#chat = engine.library.resolveChatWrapper(model);
    this.#grammars = new LocalGrammars(engine.llama);
    this.#contextTokens = context.contextSize;
    this.#pool = new SequencePool(Array.from({ length: context.totalSequences }, () => context.getSequence()));
    this.abilities = {
      schema: true,
      tool: false,
      seed: true,
      vision: false,
      orchestrates: "rules",
      contextTokens: this.#contextTokens,
    };
  }

  async stream(messages: readonly Message[], settings: StreamSettings, options: StreamOptions): Promise<StreamedReply> {
    options.signal.throwIfAborted();
    if (this.#closed) throw new M1Error("model-closed", "The local model was closed.");
    using scope = new CancelScope(options.signal);
    const { signal } = scope;
    const call = this.#answer(messages, settings, { ...options, signal });
    this.#calls.set(scope, call);
    try {
      return await call;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof M1Error ? error : brokeOff(error);
    } finally {
      this.#calls.delete(scope);
    }
  }

  /** Cuts what is still streaming, waits for it, and frees everything. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const scope of this.#calls.keys()) scope.cancel(new Cancelled("model-closed", "The local model was closed."));
    await Promise.allSettled(this.#calls.values());
    await this.#engine.llama.dispose();
  }

  async #answer(
    messages: readonly Message[],
    settings: StreamSettings,
    options: StreamOptions,
  ): Promise<StreamedReply> {
    const prompt = this.#promptOf(messages);
    const call = await this.#callOf(prompt, settings);
    const sequence = await this.#pool.acquire(settings.seed, prompt, options.signal);
    try {
      options.onConnected?.();
      return await new LocalEvaluation(this.#model, sequence, this.#queue).run(call, options);
    } catch (error) {
      // After a fault nobody knows what the sequence holds.
      if (!options.signal.aborted) await sequence.clearHistory();
      throw error;
    } finally {
      this.#pool.release(sequence);
    }
  }

  #promptOf(messages: readonly Message[]): Token[] {
    const { contextText } = this.#chat.generateContextState({ chatHistory: chatHistoryOf(messages) });
    return contextText.tokenize(this.#model.tokenizer);
  }

  async #callOf(prompt: Token[], settings: StreamSettings): Promise<LocalCall> {
    const { format, seed, temperature = TEMPERATURE, maxOutputTokens = REPLY_TOKENS } = settings;
    // The engine must not run full: it would drop the beginning of the prompt.
    const room = this.#contextTokens - prompt.length - 1;
    if (room < 1) throw tooLong(prompt.length, this.#contextTokens);
    const grammar = await this.#grammars.of(format);
    const { LlamaGrammarEvaluationState } = this.#engine.library;
    return {
      prompt,
      limit: Math.min(maxOutputTokens, room),
      temperature,
      ...(seed === undefined ? {} : { seed }),
      ...(grammar ? { grammar: new LlamaGrammarEvaluationState({ model: this.#model, grammar }) } : {}),
    };
  }
}

function tooLong(tokens: number, most: number): AttemptFailed {
  return new AttemptFailed(
    "model-too-long",
    `The prompt has ${tokens} tokens; the local model takes ${most}, its reply included.`,
    {
      hint: "Give it less to read, or use a model with a longer context.",
      retryable: false,
      detail: "prompt too long",
    },
  );
}

function brokeOff(error: unknown): AttemptFailed {
  return new AttemptFailed("model-stream-cut", `The local model broke off: ${reasonOf(error)}.`, {
    retryable: true,
    billed: true,
    cause: error,
  });
}
