import { registerHooks } from "node:module";
import type { TestContext } from "node:test";

/** Until the test ends it is as if node-llama-cpp were not installed, unless it was loaded already. */
export function withoutLocalEngine(t: TestContext): void {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      return next(specifier === "node-llama-cpp" ? "a-package-that-is-not-there" : specifier, context);
    },
  });
  t.after(() => hooks.deregister());
}
