import { z } from "zod";
import type { JsonSchema, ModelReply, ReplyFormat } from "../../events/model-call.ts";
import type { Conversation } from "../../steps/conversation.ts";
import type { ModelCall, StepContext } from "../../steps/step-context.ts";
import { StepFailed } from "../../steps/step-failed.ts";
import type { LadderMemory, Rung } from "./ladder-memory.ts";
import { parseStructured } from "./parse-structured.ts";

export interface StructuredQuestion<Schema extends z.ZodObject> {
  /** Its last message asks. */
  readonly conversation: Conversation;
  readonly schema: Schema;
  /** The name and description under which schema and tool are shown to the model. */
  readonly name: string;
  readonly description: string;
  readonly memory: LadderMemory;
  /** What is wrong with a well-formed value, in words for the model; nothing if it will do. */
  readonly validate?: (value: z.output<Schema>) => string | undefined;
  /** Called with each unusable reply's problem, before the model is asked again. */
  readonly onRejected?: (problem: string, rung: Rung) => Promise<void> | void;
  readonly settings?: Omit<ModelCall, "conversation" | "format">;
  /** Replies asked for at the most; 5 unless said. */
  readonly attempts?: number;
}

export type StructuredAnswer<Value> =
  | {
      readonly ok: true;
      readonly value: Value;
      readonly rung: Rung;
      /** The question, the unusable replies with what was said to them, and the accepted reply. */
      readonly conversation: Conversation;
    }
  | {
      readonly ok: false;
      /** `unusable`: no reply would do. `unavailable`: the model could not be had; `code` says why. */
      readonly kind: "unusable" | "unavailable";
      readonly code: string;
      readonly problem: string;
      /** What to do about it, where that is known. */
      readonly hint?: string;
    };

const DEFAULT_ATTEMPTS = 5;
/** Enough of a bad reply for the model to see what it did. */
const LONGEST_SHOWN = 2000;

/**
 * Asks for a value of a schema, down the ladder: enforced schema, forced tool call, JSON by the
 * prompt's wording; an unusable reply is shown to the model with what is wrong with it. Each reply is
 * one step. Throws only what ends a team (an abort, a log that fails); a model that can't be had or
 * understood is an answer that says so.
 */
export async function askStructured<Schema extends z.ZodObject>(
  steps: StepContext,
  question: StructuredQuestion<Schema>,
): Promise<StructuredAnswer<z.output<Schema>>> {
  const { memory, onRejected } = question;
  const limit = question.attempts ?? DEFAULT_ATTEMPTS;
  let asked = question.conversation;
  let rung = firstRung(memory);
  let problem = "";
  for (let attempts = 1; attempts <= limit; attempts++) {
    const reply = await askByRungs(steps, question, asked, rung);
    if ("failure" in reply) return unavailable(memory, reply.failure);
    rung = reply.rung;
    const judged = judge(question, reply);
    if (judged.ok) {
      memory.succeeded(rung);
      const conversation = asked.append({ role: "assistant", content: reply.text });
      return { ok: true, value: judged.value, rung, conversation };
    }
    problem = judged.problem;
    memory.rejected(rung, judged.misshapen);
    await onRejected?.(problem, rung);
    asked = repairOf(asked, reply, problem, question.schema);
    if (judged.misshapen) rung = nextRung(memory, rung);
  }
  memory.failed();
  return { ok: false, kind: "unusable", code: "reply-unusable", problem };
}

interface RungReply extends ModelReply {
  readonly rung: Rung;
}

/** Asks on `rung`, or on the next one where the endpoint refuses it. */
async function askByRungs<Schema extends z.ZodObject>(
  steps: StepContext,
  question: StructuredQuestion<Schema>,
  asked: Conversation,
  rung: Rung,
): Promise<RungReply | { readonly failure: StepFailed }> {
  const { name, description, schema, settings, memory } = question;
  const format = formatOf(rung, { name, description, schema: jsonSchemaOf(schema) });
  const conversation = rung === "json" && asked === question.conversation ? withSchema(asked, schema) : asked;
  try {
    return { ...(await steps.model({ ...settings, conversation, format })), rung };
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    if (error.code !== "model-refused" || rung === "json") return { failure: error };
    memory.refused(rung);
    return await askByRungs(steps, question, asked, nextRung(memory, rung));
  }
}

function unavailable(memory: LadderMemory, failure: StepFailed): StructuredAnswer<never> {
  memory.failed();
  const { code, message: problem, hint } = failure;
  return { ok: false, kind: "unavailable", code, problem, ...(hint === undefined ? {} : { hint }) };
}

type Judged<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string; readonly misshapen: boolean };

function judge<Schema extends z.ZodObject>(
  { schema, validate }: StructuredQuestion<Schema>,
  reply: RungReply,
): Judged<z.output<Schema>> {
  const parsed = parseStructured(reply.text, schema);
  if (!parsed.ok) {
    // At the length limit an endpoint's enforcement can't be judged by the form of what it cut.
    const cut = reply.finishReason === "length";
    const problem = cut ? "it was cut off at the length limit; answer again, and more briefly" : parsed.problem;
    return { ok: false, problem, misshapen: !cut };
  }
  const wrong = validate?.(parsed.value);
  return wrong === undefined ? parsed : { ok: false, problem: wrong, misshapen: false };
}

function firstRung(memory: LadderMemory): Rung {
  return memory.rungs[0] ?? "json";
}

/** The rung below: within one question the ladder is climbed down only. */
function nextRung(memory: LadderMemory, rung: Rung): Rung {
  const order: readonly Rung[] = ["schema", "tool", "json"];
  return memory.rungs.find((each) => order.indexOf(each) > order.indexOf(rung)) ?? "json";
}

function formatOf(rung: Rung, shape: { name: string; description: string; schema: JsonSchema }): ReplyFormat {
  const { name, description, schema } = shape;
  if (rung === "schema") return { kind: "schema", name, schema };
  return rung === "tool" ? { kind: "tool", name, description, schema } : { kind: "json" };
}

/** Tells the schema within the message that asks: two messages of the user in a row confuse some models. */
function withSchema(conversation: Conversation, schema: z.ZodObject): Conversation {
  const { parent, message } = conversation;
  if (!parent || message?.role !== "user") return conversation.append({ role: "user", content: wanted(schema) });
  return parent.append({ ...message, content: `${message.content}\n\n${wanted(schema)}` });
}

function repairOf(asked: Conversation, reply: ModelReply, problem: string, schema: z.ZodObject): Conversation {
  const shown = reply.text.trim() === "" ? "(an empty reply)" : reply.text.slice(0, LONGEST_SHOWN);
  return asked.append(
    { role: "assistant", content: shown },
    { role: "user", content: `Your reply could not be used: ${problem}.\n\n${wanted(schema)}` },
  );
}

function wanted(schema: z.ZodObject): string {
  return `Answer with one JSON object and nothing else. It must meet this JSON schema:\n${JSON.stringify(jsonSchemaOf(schema))}`;
}

const jsonSchemas = new WeakMap<z.ZodObject, JsonSchema>();

function jsonSchemaOf(schema: z.ZodObject): JsonSchema {
  const known = jsonSchemas.get(schema);
  if (known) return known;
  const { $schema: _, ...made } = z.toJSONSchema(schema);
  jsonSchemas.set(schema, made);
  return made;
}
