import assert from "node:assert/strict";
import { test } from "node:test";
import { KnownLinks } from "../../../src/steps/known-links.ts";

test("L4: links that were used lately are known, however many there were", () => {
  const links = new KnownLinks();
  links.add("system");
  for (let link = 1; link <= 5_000; link += 1) {
    links.add(`link-${link}`);
    assert.ok(links.has("system"), "it is used, so it stays");
  }
  assert.ok(links.has("link-5000"));
  assert.ok(links.has("link-4000"));
  assert.equal(links.has("link-1"), false);
});
