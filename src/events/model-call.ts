import { z } from "zod";
import { orchestratorModeSchema } from "./ledger.ts";
import { messageSchema } from "./message.ts";

/** What a model call used. `costUsd` is null where the price is unknown. */
export const usageSchema = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  /** The part of `inputTokens` that the provider read from its prompt cache. */
  cachedTokens: z.number(),
  costUsd: z.number().nullable(),
  /** True where the provider reported nothing (aborted, cut off, silent endpoint) and we counted. */
  estimated: z.boolean(),
});
export type Usage = z.infer<typeof usageSchema>;

/** What a model is taken to be able to do. Of an unknown endpoint all is taken until it refuses. */
export const modelAbilitiesSchema = z.object({
  /** Its provider enforces a JSON schema. */
  schema: z.boolean(),
  /** It can be made to call a given tool. */
  tool: z.boolean(),
  /** It honours a seed. */
  seed: z.boolean(),
  /** It sees pictures. Missing where nobody knows: then it is tried. */
  vision: z.boolean().optional(),
  /** The mode in which an orchestrator on this model starts. */
  orchestrates: orchestratorModeSchema,
  /** How many tokens fit, reply included, where that is known. */
  contextTokens: z.number().optional(),
});
/**
 * What a model is taken to be able to do, until it fails.
 * @useDeclaredType
 */
export type ModelAbilities = Readonly<z.infer<typeof modelAbilitiesSchema>>;

const jsonSchema = z.record(z.string(), z.unknown());
export type JsonSchema = z.infer<typeof jsonSchema>;

/**
 * How the reply is to be shaped. `schema`: the provider enforces a JSON schema; `tool`: the reply is
 * the arguments of one forced tool call; `json`: some JSON, by the prompt's wording alone.
 */
export const replyFormatSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("text") }),
  z.object({ kind: z.literal("schema"), name: z.string(), schema: jsonSchema }),
  z.object({ kind: z.literal("tool"), name: z.string(), description: z.string(), schema: jsonSchema }),
  z.object({ kind: z.literal("json") }),
]);
export type ReplyFormat = z.infer<typeof replyFormatSchema>;

/** The settings of a model call beside its messages. */
export const modelSettingsSchema = z.object({
  model: z.string(),
  format: replyFormatSchema,
  temperature: z.number().optional(),
  seed: z.number().optional(),
  maxOutputTokens: z.number().optional(),
});
export type ModelSettings = z.infer<typeof modelSettingsSchema>;

/**
 * A model call as the log keeps it. A conversation is a chain of messages, each named by a hash over
 * its parent's name and itself; a step records only the links the log has not seen (`added`, oldest
 * first, hanging on `base`), so that each message is stored once however long the conversation grows.
 */
export const modelStepSchema = z.object({
  kind: z.literal("model"),
  settings: modelSettingsSchema,
  conversation: z.object({
    head: z.string(),
    base: z.string().nullable(),
    added: z.array(messageSchema),
  }),
});
export type ModelStep = z.infer<typeof modelStepSchema>;

export const finishReasonSchema = z.enum(["stop", "length", "filtered", "other"]);
export type FinishReason = z.infer<typeof finishReasonSchema>;

/** What a model answered. With the `tool` format, `text` is the JSON text of the call's arguments. */
export const modelReplySchema = z.object({
  text: z.string(),
  finishReason: finishReasonSchema,
});
export type ModelReply = z.infer<typeof modelReplySchema>;
