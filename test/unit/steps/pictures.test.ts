import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation } from "../../../src/steps/conversation.ts";
import { estimatePromptTokens } from "../../../src/model/token-estimate.ts";

const picture = (blob: string) => ({ blob, mediaType: "image/png", width: 320, height: 200 }) as const;
const asked = { role: "user", content: "What is on it?" } as const;

test("L5: a message without pictures has the link that it had before messages could have any", () => {
  assert.equal(Conversation.of(asked).id, "xfWZrklF9pijliF7tZ324TA4EQQKdjzW-MdxYlgC4vw");
  assert.equal(Conversation.of({ ...asked, images: [] }).id, Conversation.of(asked).id);
});

test("S4: another picture is another question", () => {
  const [one, two] = [picture("aa"), picture("bb")].map((image) => Conversation.of({ ...asked, images: [image] }).id);
  assert.equal(new Set([one, two, Conversation.of(asked).id]).size, 3);
});

test("a picture's tokens are estimated by its size, on the high side, up to what providers scale it down to", () => {
  const tokens = (width: number, height: number) =>
    estimatePromptTokens([{ ...asked, images: [{ ...picture("aa"), width, height }] }]) - estimatePromptTokens([asked]);
  assert.equal(tokens(10, 10), 258);
  assert.equal(tokens(768 * 2, 768), Math.ceil((768 * 2 * 768) / 750));
  assert.equal(tokens(1_092, 1_092), 1_590);
  assert.equal(tokens(8_000, 8_000), 4_800);
});
