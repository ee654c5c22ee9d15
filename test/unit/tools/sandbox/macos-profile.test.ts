import assert from "node:assert/strict";
import { test } from "node:test";
import { macosProfile } from "../../../../src/tools/sandbox/macos-profile.ts";

test("G4: the macOS profile denies all and allows neither network nor other folders", () => {
  const profile = macosProfile({
    workspace: '/Users/me/runs/a "quoted" name/team-1',
    temporary: "/private/var/folders/x/m1p-1",
    toolchain: {
      node: "/opt/node/bin/node",
      python: { directory: "/Users/me/cache/python/1", basePrefix: "/opt/python" },
    },
  });
  const lines = profile.split("\n");
  assert.deepEqual(lines.slice(0, 2), ["(version 1)", "(deny default)"]);
  assert.doesNotMatch(profile, /network/);
  const writable = lines.filter((line) => line.includes("file-write*"));
  assert.deepEqual(writable, [
    String.raw`(allow file-read* file-write* (subpath "/Users/me/runs/a \"quoted\" name/team-1") (subpath "/private/var/folders/x/m1p-1"))`,
  ]);
  assert.match(profile, /\(literal "\/opt\/node\/bin\/node"\)/);
  assert.match(profile, /\(subpath "\/opt\/python"\) \(subpath "\/Users\/me\/cache\/python\/1"\)/);
  for (const line of lines) assert.equal(line.split("(").length, line.split(")").length, line);
});
