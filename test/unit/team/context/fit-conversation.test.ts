import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Message } from "../../../../src/events/message.ts";
import { Conversation } from "../../../../src/steps/conversation.ts";
import { sizeOf } from "../../../../src/steps/prompt-size.ts";
import { fitConversation } from "../../../../src/team/context/fit-conversation.ts";

const content = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 400 }),
  fc.nat(12).map((count) => "some words of a page, and 12.5 numbers\n".repeat(2 ** count)),
  fc.nat(9).map((count) => "日本語😀".repeat(2 ** count)),
);
const message: fc.Arbitrary<Message> = fc.record(
  { role: fc.constantFrom("user", "assistant"), content, name: fc.constantFrom("Coder", "Orchestrator to Coder") },
  { requiredKeys: ["role", "content"] },
);
const conversation = fc
  .tuple(fc.option(content, { nil: undefined }), fc.array(message, { minLength: 1, maxLength: 30 }))
  .map(([system, messages]) =>
    Conversation.of(...(system === undefined ? [] : [{ role: "system" as const, content: system }]), ...messages),
  );

test("any conversation is made to fit any room, keeps who the model is, what begins it and what is asked, and is whole text", () => {
  fc.assert(
    fc.property(conversation, fc.integer({ min: 200, max: 20_000 }), (given, room) => {
      const fitted = fitConversation(given, room);
      assert.ok(sizeOf(fitted) <= room, `${sizeOf(fitted)} > ${room}`);
      const [before, after] = [given.messages(), fitted.messages()];
      assert.equal(after[0]?.role, before[0]?.role);
      for (const place of [0, -1]) assert.ok(isCutOf(after.at(place), before.at(place)));
      if (sizeOf(given) <= room) assert.equal(fitted, given);
      for (const { content: text } of after) assert.ok(text.isWellFormed());
      assert.equal(fitConversation(given, room).id, fitted.id);
    }),
    { numRuns: 120 },
  );
});

/** Begins and ends as the whole message does, as far as it is shown. */
function isCutOf(short: Message | undefined, whole: Message | undefined): boolean {
  if (!short || !whole) return false;
  return short.content === whole.content || whole.content.startsWith(short.content.split("\n[… ")[0] ?? "");
}

test("what is cut keeps its beginning and its end, and says how much is missing", () => {
  const long = `Traceback\n${"line of the program\n".repeat(2_000)}ValueError: no column depth`;
  const given = Conversation.of(
    { role: "system", content: "You are the Coder." },
    { role: "user", content: "The task." },
    { role: "user", content: long },
    { role: "user", content: "Correct it." },
  );
  const [system, task, cut, asked] = fitConversation(given, 1_000).messages();
  assert.deepEqual(
    [system?.content, task?.content, asked?.content],
    ["You are the Coder.", "The task.", "Correct it."],
  );
  assert.match(
    cut?.content ?? "",
    /^Traceback\n[^]*\[… \d{5} characters are left out here for want of room …\]\n[^]*ValueError: no column depth$/,
  );
});

test("of many short messages the oldest go, and it is said how many", () => {
  const said = Array.from({ length: 200 }, (_, index) => ({
    role: "user" as const,
    content: `message ${index} `.repeat(9),
  }));
  const fitted = fitConversation(Conversation.of(...said), 900).messages();
  assert.equal(fitted[0]?.content, said[0]?.content);
  assert.match(fitted[1]?.content ?? "", /^\(1[78]\d earlier messages are left out here/);
  assert.equal(fitted.at(-1)?.content, said.at(-1)?.content);
});

test("a conversation is looked at once: what it takes is known of the longer one it grows into", () => {
  let looked = 0;
  const counting = (content: string): Message =>
    Object.defineProperty({ role: "user" as const, content }, "content", {
      get: () => ((looked += 1), content),
    });
  const first = Conversation.of(...Array.from({ length: 50 }, () => counting("so many words")));
  sizeOf(first);
  const before = looked;
  sizeOf(first);
  assert.equal(looked, before);
  const more = first.append(counting("and some more"));
  const appended = looked;
  sizeOf(more);
  assert.equal(looked - appended, 1);
});

test("a picture that takes more than there is goes, and that is said", () => {
  const image = { blob: "b", mediaType: "image/png", width: 2_000, height: 2_000 } as const;
  const shown = { role: "user" as const, content: "What is on it?", images: [image] };
  const given = Conversation.of({ role: "system", content: "You see." }, { role: "user", content: "Look." }, shown);
  assert.deepEqual(fitConversation(given, 100_000).messages().at(-1), shown);
  const [, , last] = fitConversation(given, 300).messages();
  assert.equal(last?.images, undefined);
  assert.match(last?.content ?? "", /^\(Its pictures are left out here for want of room\.\)\nWhat is on it\?$/);
});
