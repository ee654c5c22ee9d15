import { M1Error } from "../base/errors.ts";
import type { Input } from "../events/input.ts";

/**
 * Owns: what a resumed team's tools held alive in the process that is gone (a page, a shell), as far as it could
 * not be reopened, until the team has been told (promise S5). Does not own: the tools.
 * Invariants: 1. sessions are reopened once, before the team goes on; 2. a call of a tool whose session is
 * lost fails until the team has been told, so that nothing acts as if it were still there.
 */
export class LostSessions {
  readonly #tools: ReadonlySet<string>;
  readonly #reopen: (tool: string) => Promise<boolean>;
  readonly #lost = new Set<string>();

  /** `tools` are those that the team called before; `reopen` says whether what such a tool held is there (again). */
  constructor(tools: ReadonlySet<string>, reopen: (tool: string) => Promise<boolean>) {
    this.#tools = tools;
    this.#reopen = reopen;
  }

  /** Resolves when what can be reopened is. */
  async open(): Promise<void> {
    for (const tool of this.#tools) if (!(await this.#isThere(tool))) this.#lost.add(tool);
  }

  /** What the team is to be told, once. */
  take(): Input[] {
    const inputs = [...this.#lost].map((tool): Input => ({ kind: "session-lost", tool, text: lostText(tool) }));
    this.#lost.clear();
    return inputs;
  }

  /** Throws `session-lost` where the team does not know yet; then it knows. */
  assertThere(tool: string): void {
    if (this.#lost.delete(tool)) throw new M1Error("session-lost", lostText(tool), { hint: "Begin anew with it." });
  }

  async #isThere(tool: string): Promise<boolean> {
    try {
      return await this.#reopen(tool);
    } catch {
      // A tool that cannot even try has nothing any more.
      return false;
    }
  }
}

function lostText(tool: string): string {
  return `The process was interrupted, and what ${tool} held open is gone: it begins anew at its next call.`;
}
