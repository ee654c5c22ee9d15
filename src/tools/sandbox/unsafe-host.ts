import type { Clock } from "../../base/clock.ts";
import { runHostProgram } from "./host-program.ts";
import type { Sandbox, SandboxRequest, SandboxResult, SandboxToolchain } from "./sandbox.ts";

/**
 * NO sandbox: programs run as we do, with the network and with all files we may read and write. Only for a
 * machine that is itself thrown away, and only when a person asked for it by name. Secrets of our environment
 * are still not passed on, and programs still end with their team.
 */
export class UnsafeHostExec implements Sandbox {
  readonly kind = "unsafe-host-exec";
  readonly #options: { readonly toolchain: SandboxToolchain; readonly clock: Clock };

  constructor(options: { readonly toolchain: SandboxToolchain; readonly clock: Clock }) {
    this.#options = options;
  }

  run(request: SandboxRequest): Promise<SandboxResult> {
    return runHostProgram({ ...this.#options, prefix: () => [] }, request);
  }
}
