import { sleep } from "../../src/base/clock.ts";
import type { Message } from "../../src/events/message.ts";
import type { ModelAbilities } from "../../src/events/model-call.ts";
import type { LanguageModel, StreamOptions, StreamSettings, StreamedReply } from "../../src/model/model.ts";
import { FaultyModel, type ModelFault } from "../../src/testing/index.ts";
import { ANSWERS } from "./generate-program.ts";
import type { Life } from "./life.ts";
import { AGGREGATOR, AGGREGATOR_AGAIN } from "./witness.ts";

export const MODEL = "simulated/model";

/** The model as one life of the run reaches it: it answers after a while, or fails as endpoints do. */
export function modelOf(life: Life): LanguageModel {
  return new FaultyModel({
    model: new SimulatedModel(life),
    clock: life.process.clock,
    fault: (messages) => faultOf(markOf(messages), life),
  });
}

/** Answers each call with words of its own, so that a call that was made twice cannot look like one. */
class SimulatedModel implements LanguageModel {
  readonly id = MODEL;
  readonly billing = "free";
  readonly rehearsal = true;
  readonly abilities: ModelAbilities = { schema: true, tool: true, seed: true, orchestrates: "full-ledger" };
  readonly #life: Life;

  constructor(life: Life) {
    this.#life = life;
  }

  stream(messages: readonly Message[], _settings: StreamSettings, options: StreamOptions): Promise<StreamedReply> {
    return this.#life.follow(() => this.#answer(markOf(messages), options));
  }

  async #answer(mark: string, { signal, onConnected, onProgress, onText }: StreamOptions): Promise<StreamedReply> {
    const life = this.#life;
    const { pace } = life.world.scenario;
    await life.place();
    signal.throwIfAborted();
    const chance = life.chance("model", mark, life.nth(`model ${mark}`));
    await sleep(life.process.clock, chance.milliseconds(pace), signal);
    onConnected?.();
    await sleep(life.process.clock, chance.milliseconds(pace), signal);
    await life.place();
    signal.throwIfAborted();
    const length = chance.happens(0.1) ? " at length".repeat(40) : "";
    const answer = mark.startsWith(AGGREGATOR) && chance.happens(0.7) ? `\nFINAL ANSWER: ${chance.pick(ANSWERS)}` : "";
    const text = `${mark} is answered (${life.nonce(mark)})${length}${answer}`;
    onProgress?.(text.length);
    onText?.(text);
    life.world.modelHasAnswered(mark, life.number);
    const usage = { inputTokens: chance.between(1, 30), outputTokens: chance.between(1, 20), cachedTokens: 0 };
    life.world.notes.counted.set(text, usage);
    const counts = chance.happens(0.8) ? { usage: { ...usage, cacheWriteTokens: 0 } } : {};
    return { text, finishReason: "stop", ...counts };
  }
}

/** Looked at for every attempt, so it is also the place where the call is held against the log. */
function faultOf(mark: string, life: Life): ModelFault | undefined {
  const { world } = life;
  if (!life.isActing) return undefined;
  world.modelIsAsked(mark, life.number);
  const chance = life.chance("model fault", mark, life.nth(`model fault ${mark}`));
  if (!chance.happens(world.rates.model)) return undefined;
  const fault = chance.weigh<ModelFault>(
    [4, { kind: "status", status: 429, retryAfterSeconds: chance.between(0, 20) }],
    [2, { kind: "status", status: 503 }],
    [3, { kind: "reset" }],
    [2, { kind: "cut" }],
    [2, { kind: "hang" }],
    [1, { kind: "deaf" }],
    [2, { kind: "slow", milliseconds: chance.milliseconds(100_000) }],
  );
  world.notes.count(`fault: model ${fault.kind === "status" ? fault.status : fault.kind}`);
  return fault;
}

/** The aggregator's second question is the only one that names nobody. */
function markOf(messages: readonly Message[]): string {
  return messages.at(-1)?.name ?? AGGREGATOR_AGAIN;
}
