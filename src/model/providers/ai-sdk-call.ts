import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  SharedV4ProviderOptions,
} from "@ai-sdk/provider";
import type { Message, MessageImage } from "../../events/message.ts";
import type { StreamOptions, StreamSettings } from "../model.ts";
import { spoken } from "../spoken.ts";

/** Some providers refuse a message without text. */
const NO_TEXT = "(no text)";

export interface CallSurroundings {
  /** Set where what follows may differ next time. */
  readonly cacheMark?: SharedV4ProviderOptions | undefined;
  readonly imageBytes?: StreamOptions["imageBytes"] | undefined;
}

/** A conversation and settings in the AI SDK's terms; the bytes of its pictures are fetched. */
export async function callOptions(
  messages: readonly Message[],
  settings: StreamSettings,
  { cacheMark, imageBytes }: CallSurroundings = {},
): Promise<LanguageModelV4CallOptions> {
  const { temperature, seed, maxOutputTokens } = settings;
  const prompt = await promptOf(messages, imageBytes);
  return {
    prompt: cacheMark ? withMarks(prompt, cacheMark) : prompt,
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { seed }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...formatOf(settings),
  };
}

/** Only the beginning may be a system message for some providers; later ones are said by the user. */
async function promptOf(
  messages: readonly Message[],
  imageBytes: StreamOptions["imageBytes"] | undefined,
): Promise<LanguageModelV4Message[]> {
  const later = messages.findIndex((message) => message.role !== "system");
  const system = messages.slice(0, later < 0 ? messages.length : later);
  const prompt: LanguageModelV4Message[] = [];
  if (system.length > 0) prompt.push({ role: "system", content: system.map(spoken).join("\n\n") });
  for (const message of messages.slice(system.length)) {
    const role = message.role === "assistant" ? "assistant" : "user";
    const spokenText = spoken(message);
    const text = { type: "text", text: spokenText.trim() === "" ? NO_TEXT : spokenText } as const;
    // Pictures come first: providers advise so for a question about one.
    const pictures = role === "user" && message.images && imageBytes ? await parts(message.images, imageBytes) : [];
    prompt.push({ role, content: [...pictures, text] });
  }
  return prompt;
}

function parts(
  images: readonly MessageImage[],
  imageBytes: (blob: string) => Promise<Uint8Array>,
): Promise<LanguageModelV4FilePart[]> {
  return Promise.all(
    images.map(async ({ blob, mediaType }) => ({
      type: "file" as const,
      mediaType,
      data: { type: "data" as const, data: await imageBytes(blob) },
    })),
  );
}

/**
 * Marks the beginning, which the teams of a run share; the message before the last, with which the team's next prompt
 * begins, since the question behind it is put aside then; and the last, for a reply that has to be corrected.
 * A provider keeps a prompt up to its marks only, so with the last alone nothing would ever be found again.
 */
function withMarks(
  prompt: readonly LanguageModelV4Message[],
  providerOptions: SharedV4ProviderOptions,
): LanguageModelV4Message[] {
  const marked = new Set([0, prompt.length - 2, prompt.length - 1]);
  return prompt.map((message, index) => (marked.has(index) ? { ...message, providerOptions } : message));
}

function formatOf({
  format,
}: StreamSettings): Pick<LanguageModelV4CallOptions, "responseFormat" | "tools" | "toolChoice"> {
  if (format.kind === "schema") return { responseFormat: { type: "json", schema: format.schema, name: format.name } };
  if (format.kind !== "tool") return {};
  const { name, description, schema } = format;
  return {
    tools: [{ type: "function", name, description, inputSchema: schema }],
    toolChoice: { type: "tool", toolName: name },
  };
}
