/** A key and the environment variable it came from. The value is sent to its endpoint and nowhere else (G5). */
export interface ApiKey {
  readonly name: string;
  readonly value: string;
}

/** Where a provider's requests go. */
export interface Endpoint {
  /** The base address, without a slash at its end. */
  readonly url: string;
  readonly key: ApiKey | undefined;
  /** The variable in which a key for this endpoint would be looked for. */
  readonly keyName: string;
}

/** How requests leave the process: `fetch`, or what stands for it. */
export type Transport = typeof globalThis.fetch;

/** Shorter ones would also be found in innocent text. */
const SHORTEST_SECRET = 6;
const LONGEST_WORDS = 400;

/** Text from an endpoint, fit for people and logs: without the key, without control characters, of bounded length. */
export function plainWords(text: string, key: ApiKey | undefined): string {
  let words = text;
  if (key && key.value.length >= SHORTEST_SECRET) {
    for (const form of new Set([key.value, encodeURIComponent(key.value)]))
      words = words.replaceAll(form, `[${key.name}]`);
  }
  words = words
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .replace(/\.+$/, "");
  return words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS)}…` : words;
}
