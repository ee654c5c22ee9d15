import type { Message } from "../events/message.ts";

/**
 * A message's text as a model reads it. Who spoke stands in the text, since many endpoints drop or
 * refuse a message's name; it is put there only for sending, so that the log holds each text once (L4).
 */
export function spoken({ name, content }: Message): string {
  return name === undefined ? content : `${name}:\n\n${content}`;
}
