import type { Message } from "../events/message.ts";
import { estimateImageTokens } from "../steps/image-tokens.ts";

/** English has about four bytes a token, code and other scripts fewer; three errs on the high side. */
const BYTES_A_TOKEN = 3;
/** What the framing of a message costs. */
const TOKENS_A_MESSAGE = 8;

/** An estimate of a prompt's tokens that errs high, for what no provider counted. */
export function estimatePromptTokens(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + estimateMessageTokens(message), 0);
}

function estimateMessageTokens({ content, images }: Message): number {
  return estimateTextTokens(content) + estimateImageTokens(images) + TOKENS_A_MESSAGE;
}

export function estimateTextTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_A_TOKEN);
}

/** For a stream of which only the length was kept. */
export function estimateStreamedTokens(characters: number): number {
  return Math.ceil(characters / BYTES_A_TOKEN);
}
