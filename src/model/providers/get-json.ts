import { CancelScope } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import type { ApiKey, Transport } from "./endpoint.ts";

export interface GetJsonOptions {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly timeoutMs: number;
  readonly key?: ApiKey | undefined;
}

/**
 * The JSON at an address, for questions that nothing depends on: undefined where nobody answers in
 * time, or with something else. Follows no redirect, so a key stays where it was sent (G5).
 */
export async function getJson(url: string, options: GetJsonOptions): Promise<unknown> {
  const { clock, transport, timeoutMs, key } = options;
  using scope = new CancelScope();
  const stop = clock.timer(timeoutMs, () => scope.cancel());
  try {
    const headers: Record<string, string> = key ? { authorization: `Bearer ${key.value}` } : {};
    const response = await transport(url, { headers, signal: scope.signal, redirect: "error" });
    return await response.json();
  } catch {
    return undefined;
  } finally {
    stop();
  }
}
