import type { Message } from "../../events/message.ts";
import { Conversation } from "../../steps/conversation.ts";
import { sizeOf } from "../../steps/prompt-size.ts";
import { shortenedText } from "./shortened-text.ts";

/** Below this a message says nothing any more: then whole messages go. */
const SHORTEST = 48;
/** Of a conversation that cannot be kept otherwise, the beginning and the end are shortened last, to these shares. */
const FIRST_SHARE = 0.35;
const LAST_SHARE = 0.45;
/** What is told in the place of messages left out. */
const NOTE_SIZE = 40;

/**
 * A conversation that takes no more than `room`, by cutting out the middle of its longest messages, then whole
 * messages of its middle. Its beginning (who the model is, and the first message, which tells the task) and its last
 * message, which asks, are cut only where they alone are too long. The last resort: a team's own compaction
 * comes before it. The same conversation and room give the same.
 */
export function fitConversation(conversation: Conversation, room: number): Conversation {
  if (sizeOf(conversation) <= room) return conversation;
  const messages = conversation.messages();
  const first = messages[0]?.role === "system" ? messages.slice(0, 2) : messages.slice(0, 1);
  const last = messages.slice(Math.max(first.length, messages.length - 1));
  const middle = messages.slice(first.length, messages.length - last.length);
  const left = room - sizeOfAll(first) - sizeOfAll(last);
  if (left >= NOTE_SIZE) return Conversation.of(...first, ...fitted(middle, left), ...last);
  const note = middle.length > 0 ? NOTE_SIZE : 0;
  const forFirst = cut(first, Math.max(room * FIRST_SHARE, room - note - sizeOfAll(last)));
  const forLast = cut(last, Math.max(room * LAST_SHARE, room - note - sizeOfAll(forFirst)));
  const rest = room - sizeOfAll(forFirst) - sizeOfAll(forLast);
  return Conversation.of(...forFirst, ...(rest >= NOTE_SIZE ? fitted(middle, rest) : []), ...forLast);
}

/** Messages shortened to one length, so that they fit; where that says nothing any more, only the newest of them. */
function fitted(messages: readonly Message[], room: number): Message[] {
  const sizes = messages.map((message) => sizeOfAll([message]));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= room) return [...messages];
  const most = lengthFor(sizes, room);
  if (most >= SHORTEST) return cutEach(messages, most);
  const newest = Math.max(0, Math.floor((room - NOTE_SIZE) / SHORTEST));
  const left = messages.length - newest;
  const note: Message = { role: "user", content: `(${left} earlier messages are left out here for want of room.)` };
  return [note, ...(newest > 0 ? cutEach(messages.slice(-newest), SHORTEST) : [])];
}

/** The length to which the longest are cut so that all together take no more than `room`. */
function lengthFor(sizes: readonly number[], room: number): number {
  let left = room;
  let count = sizes.length;
  for (const size of sizes.toSorted((one, other) => one - other)) {
    if (size * count >= left) return Math.floor(left / count);
    left -= size;
    count -= 1;
  }
  return Math.floor(left);
}

/** Messages cut so that all together take no more than `room`. */
function cut(messages: readonly Message[], room: number): Message[] {
  const sizes = messages.map((message) => sizeOfAll([message]));
  return cutEach(messages, lengthFor(sizes, Math.floor(room)));
}

function cutEach(messages: readonly Message[], most: number): Message[] {
  return messages.map((message) => (sizeOfAll([message]) <= most ? message : cutOne(message, most)));
}

/** A picture cannot be cut: it goes where it alone takes more than there is. */
function cutOne(message: Message, most: number): Message {
  const frame = sizeOfAll([{ ...message, content: "" }]);
  const { images, ...bare } = message;
  if (images && frame > most) return cutOne({ ...bare, content: `${WITHOUT_PICTURES}\n${bare.content}` }, most);
  const note = (left: number) => `\n[… ${left} characters are left out here for want of room …]\n`;
  return { ...message, content: shortenedText(message.content, Math.max(0, most - frame), note) };
}

const WITHOUT_PICTURES = "(Its pictures are left out here for want of room.)";

function sizeOfAll(messages: readonly Message[]): number {
  return sizeOf(Conversation.of(...messages));
}
