/**
 * dependency-cruiser reads TypeScript through the compiler's JavaScript interface, which TypeScript 7 does
 * not have. This hook gives it, and it alone, the TypeScript 6 of this folder.
 */
import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const here = createRequire(import.meta.url);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const asked = /^typescript(?:\/|$)/.test(specifier) && context.parentURL?.includes("/dependency-cruiser/");
    if (!asked) return nextResolve(specifier, context);
    return { url: pathToFileURL(here.resolve(specifier)).href, shortCircuit: true };
  },
});
