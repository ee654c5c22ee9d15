import type { Message } from "../events/message.ts";
import type { Conversation } from "./conversation.ts";
import { estimateImageTokens } from "./image-tokens.ts";

/** What a message's frame (role, separators) takes. */
const FRAME_TOKENS = 6;

/** Letters a token has on average, once a word is longer than one. */
const LETTERS_A_TOKEN = 4;

/**
 * About how many tokens a text takes, by its kinds of characters, erring high: a word is a token for each four
 * letters, a digit one (as in the vocabularies of Qwen, Gemma and the older Llamas), other signs somewhat less, what
 * is not ASCII one or more. One pass, no vocabulary: whoever needs it closer corrects it by what a provider counted.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let letters = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isLetter(code)) {
      letters += 1;
      continue;
    }
    tokens += tokensOfWord(letters) + tokensOfSign(code, letters > 0);
    letters = 0;
  }
  return Math.ceil(tokens + tokensOfWord(letters));
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function tokensOfWord(letters: number): number {
  return letters === 0 ? 0 : Math.max(1, letters / LETTERS_A_TOKEN);
}

function tokensOfSign(code: number, afterWord: boolean): number {
  // A space between words belongs to the next word's token; a run of them is a token now and then.
  if (code === 32) return afterWord ? 0 : 0.3;
  if (code >= 48 && code <= 57) return 1;
  if (code < 128) return 0.8;
  return code < 0x3000 ? 1 : 1.3;
}

function sizeOfMessage({ name, content, images }: Message): number {
  const spoken = (name === undefined ? 0 : estimateTokens(name) + 2) + estimateTokens(content);
  return FRAME_TOKENS + spoken + estimateImageTokens(images);
}

const known = new WeakMap<Conversation, number>();

/** About how many tokens a conversation takes. Each link is looked at once, so that a long one costs what was added. */
export function sizeOf(conversation: Conversation): number {
  const unknown: Conversation[] = [];
  let size = 0;
  for (let link: Conversation | undefined = conversation; link?.message; link = link.parent) {
    const already = known.get(link);
    if (already !== undefined) {
      size = already;
      break;
    }
    unknown.push(link);
  }
  for (const link of unknown.toReversed()) {
    size += link.message ? sizeOfMessage(link.message) : 0;
    known.set(link, size);
  }
  return size;
}

const ofSchemas = new WeakMap<object, number>();

/** What a schema takes that is sent beside the messages. */
export function sizeOfSchema(schema: object): number {
  const already = ofSchemas.get(schema);
  if (already !== undefined) return already;
  const size = estimateTokens(JSON.stringify(schema));
  ofSchemas.set(schema, size);
  return size;
}
