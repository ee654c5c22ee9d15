/** What a measured loop may be told and tells. */
export interface LoopHooks {
  readonly signal?: AbortSignal;
  /** Called once a step. */
  readonly onStep?: () => void;
  /** What the loop's tool does, given the signal that the framework hands to tools, if it hands one. */
  readonly onTool?: (signal: AbortSignal | undefined) => Promise<void>;
}

/** Model calls one after another over a history that grows, a call of one small tool between them. */
export type Loop = (hooks: LoopHooks) => Promise<{ readonly steps: number }>;

/** What a peer's `adapter` file exports. */
export interface PeerAdapter {
  /** A loop of `steps` model calls at the server `base`; `file` is where a durable variant may keep its data. */
  readonly make: (base: string, steps: number, variant: string, options: { readonly file: string }) => Loop;
  /** For peers that run many loops as one: `loops` of them at once. Default: as many calls of `make`'s loop. */
  readonly many?: (
    base: string,
    steps: number,
    variant: string,
    options: { readonly file: string; readonly loops: number },
  ) => Loop;
}

export async function openAdapter(peer: string): Promise<PeerAdapter> {
  const file = peer === "m1-parallel" ? "adapter.ts" : "adapter.mjs";
  return (await import(new URL(`${peer}/${file}`, import.meta.url).href)) as PeerAdapter;
}
