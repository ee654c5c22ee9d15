import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { freeIds, sandboxUser } from "../../../../src/tools/sandbox/sandbox-user.ts";

suite("the user that sandboxed code runs as", () => {
  test("on a machine with all ids it is of a range that nobody else uses", () => {
    assert.deepEqual(freeIds("         0          0 4294967295\n"), { first: 1_900_000_000, last: 2_099_999_999 });
  });

  test("in a container with 65,536 ids it is one of those", () => {
    assert.deepEqual(freeIds("         0     100000      65536\n"), { first: 20_000, last: 65_533 });
  });

  test("where root is the only one there is none", () => {
    assert.equal(freeIds("         0       1000          1\n"), undefined);
  });

  test("folders have users of their own, always the same", { skip: process.getuid?.() !== 0 }, () => {
    const [one, again, other] = ["/a/team-1", "/a/team-1", "/a/team-2"].map(sandboxUser);
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, other);
  });
});
