import { UsageError } from "../base/errors.ts";
import { keyNameOf } from "./api-keys.ts";
import type { HostedProvider } from "./api-keys.ts";

const HOSTED: readonly HostedProvider[] = ["openai", "anthropic", "google"];

/** A model reference in its parts. */
export type ModelReference =
  | { readonly kind: "hosted"; readonly provider: HostedProvider; readonly model: string }
  | { readonly kind: "ollama"; readonly model: string }
  | { readonly kind: "url"; readonly url: string; readonly model: string }
  /** `name` is one of the known models, or a path that ends in .gguf. */
  | { readonly kind: "local"; readonly name: string }
  | { readonly kind: "scripted"; readonly file: string };

const FORMS =
  "A model is openai/NAME, anthropic/NAME, google/NAME, ollama/NAME, URL#NAME (any OpenAI-compatible endpoint), local/NAME, local/PATH.gguf or scripted/FILE.";

/** Takes a reference apart. Throws `UsageError` (`model-reference`, `model-unknown`). */
export function parseModelReference(text: string): ModelReference {
  const reference = text.trim();
  if (/^https?:\/\//i.test(reference)) return parseUrl(reference);
  const slash = reference.indexOf("/");
  const provider = reference.slice(0, slash).toLowerCase();
  const rest = reference.slice(slash + 1);
  if (slash <= 0 || rest === "") throw new UsageError("model-reference", `"${text}" is no model.`, { hint: FORMS });
  const hosted = HOSTED.find((name) => name === provider);
  if (hosted) return { kind: "hosted", provider: hosted, model: rest };
  if (provider === "ollama") return { kind: "ollama", model: rest };
  if (provider === "local") return { kind: "local", name: rest };
  if (provider === "scripted") return { kind: "scripted", file: rest };
  throw new UsageError("model-unknown", `There is no provider "${provider}".`, { hint: FORMS });
}

/** The references of a comma-separated list. Throws `UsageError` for an empty list or a bad one of it. */
export function parseModelList(text: string): string[] {
  const references = text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  if (references.length === 0) throw new UsageError("model-reference", "No model is named.", { hint: FORMS });
  for (const reference of references) parseModelReference(reference);
  return references;
}

function parseUrl(text: string): ModelReference {
  const bad = (problem: string, hint: string) =>
    new UsageError("model-reference", `"${shown(text)}": ${problem}.`, { hint });
  if (!URL.canParse(text)) throw bad("this is no address", FORMS);
  const url = new URL(text);
  const model = decodeURIComponent(url.hash.slice(1));
  if (model === "") throw bad("the model's name is missing", "Put it behind a #: http://localhost:8000/v1#my-model");
  if (url.username !== "" || url.password !== "")
    throw bad("an address may not hold a key", `Put the key into the environment variable ${keyNameOf(text)}.`);
  if (url.search !== "")
    throw bad("an address may not have a query", "Give the base address, mostly one that ends in /v1.");
  return { kind: "url", url: `${url.origin}${url.pathname}`.replace(/\/+$/, ""), model };
}

function shown(text: string): string {
  return text.replace(/\/\/[^/@]*@/, "//…@");
}
