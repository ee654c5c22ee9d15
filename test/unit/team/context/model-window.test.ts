import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ModelWindow, UNKNOWN_WINDOW } from "../../../../src/team/context/model-window.ts";

suite("a window is learned from what endpoints say when they refuse", () => {
  const words: readonly (readonly [string, number])[] = [
    ["This model's maximum context length is 8192 tokens. However, your messages resulted in 9545 tokens.", 8192],
    [
      "This model's maximum context length is 4097 tokens, however you requested 5000 tokens (4900 in your prompt)",
      4097,
    ],
    ["prompt is too long: 21346 tokens > 20000 maximum", 20_000],
    ["input length and `max_tokens` exceed context limit: 18824 + 2133 > 20000, decrease input length", 20_000],
    ["The input token count (11962) exceeds the maximum number of tokens allowed (10485).", 10_485],
    ["This model's maximum prompt length is 13107 but the request contains 53781 tokens", 13_107],
    ["request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it", 4096],
    ["the model is loaded with context length of only 4096 tokens, which is not enough", 4096],
    ["Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32,000 maximum context length", 32_000],
    ["`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens", 8193],
    ["The prompt has 5000 tokens; the local model takes 4096, its reply included.", 4096],
  ];
  for (const [said, tokens] of words) {
    test(said, () => {
      const window = new ModelWindow();
      window.refused(30_000, said);
      assert.equal(window.tokens, tokens);
    });
  }

  test("without a number, the next prompt is a quarter shorter, and so on", () => {
    const window = new ModelWindow();
    window.refused(20_000, "Please reduce the length of the messages or completion.");
    assert.equal(window.tokens, UNKNOWN_WINDOW);
    assert.ok(window.room() <= 15_000 && window.room() > 14_000, `${window.room()}`);
    window.refused(15_000, "context_length_exceeded");
    assert.ok(window.room() <= 11_250);
  });

  test("a window that was known already: the estimate was too low", () => {
    const window = new ModelWindow(8192);
    window.refused(6_000, "This model's maximum context length is 8192 tokens. However, you requested 8800 tokens");
    assert.equal(window.tokens, 8192);
    assert.ok(window.room() <= 4_500);
  });
});

suite("estimates are corrected by what was counted", () => {
  test("by the highest ratio that was seen", () => {
    const window = new ModelWindow(8_000);
    const before = window.room();
    window.counted(1_000, 1_500);
    const after = window.room();
    assert.ok(Math.abs(after - before / 1.5) < 2, `${before} ${after}`);
    window.counted(1_000, 1_100);
    assert.equal(window.room(), after);
  });

  test("not by prompts that are mostly frame, and never to much more than was estimated", () => {
    const window = new ModelWindow(8_000);
    const before = window.room();
    window.counted(20, 90);
    assert.equal(window.room(), before);
    window.counted(2_000, 300);
    assert.ok(window.room() < before * 1.12);
  });

  test("a reply whose length was granted has that room, half of the window at the most", () => {
    const window = new ModelWindow(8_000);
    assert.ok(window.room(200) > window.room());
    assert.equal(window.room(4_000), window.room(100_000));
  });
});
