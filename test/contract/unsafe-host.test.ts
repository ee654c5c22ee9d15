import { suite } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import { openSandbox } from "../../src/tools/sandbox/open-sandbox.ts";
import { sandboxContract } from "./sandbox-contract.ts";

suite("unsafe-host-exec", { timeout: 60_000 }, () => {
  const options = { toolchain: { node: process.execPath }, clock: realClock, environment: process.env };
  sandboxContract(() => openSandbox({ ...options, unsafeHostExec: true }), "unsafe-host-exec");
});
