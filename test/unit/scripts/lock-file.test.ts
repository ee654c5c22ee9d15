import { strict as assert } from "node:assert";
import { test } from "node:test";
import { completed, missingEntries, readLock } from "../../../scripts/checks/lock-file.ts";

const LOCK = JSON.stringify({
  name: "x",
  packages: {
    "": { name: "x" },
    "node_modules/tool": {
      version: "2.0.0",
      dev: true,
      optionalDependencies: {
        "@tool/linux-x64": "2.0.0",
        "@tool/darwin-arm64": "2.0.0",
        "@tool/win32-ia32-msvc": "2.0.0",
      },
    },
    "node_modules/@tool/linux-x64": { version: "2.0.0", dev: true, optional: true },
  },
});

test("a lock file that lacks a platform's packages gets an entry for each, with its platform", () => {
  assert.deepEqual(Object.fromEntries(missingEntries(readLock(LOCK))), {
    "node_modules/@tool/darwin-arm64": { version: "2.0.0", cpu: ["arm64"], os: ["darwin"], dev: true, optional: true },
    "node_modules/@tool/win32-ia32-msvc": { version: "2.0.0", cpu: ["ia32"], os: ["win32"], dev: true, optional: true },
  });
});

test("a completed lock file lacks nothing, and keeps all else", () => {
  const whole = readLock(completed(LOCK));
  assert.equal(missingEntries(whole).size, 0);
  assert.equal(whole.name, "x");
  assert.equal(completed(completed(LOCK)), completed(LOCK));
});
