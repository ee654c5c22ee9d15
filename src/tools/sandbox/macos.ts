import type { Clock } from "../../base/clock.ts";
import { runHostProgram } from "./host-program.ts";
import { macosProfile } from "./macos-profile.ts";
import type { Sandbox, SandboxRequest, SandboxResult, SandboxToolchain } from "./sandbox.ts";

export const SANDBOX_EXEC = "/usr/bin/sandbox-exec";

/**
 * The sandbox of macOS: `sandbox-exec` with a profile that allows nothing but the workspace and reading the
 * system. Written by Apple's documentation and never run by us on a Mac: `m1p doctor` says so. Weaker than
 * bubblewrap in two points: memory and processes are measured instead of limited by the kernel, and a child
 * that leaves both its process group and its parents outlives the program.
 */
export class MacosSandbox implements Sandbox {
  readonly kind = "macos";
  readonly #options: { readonly toolchain: SandboxToolchain; readonly clock: Clock };

  constructor(options: { readonly toolchain: SandboxToolchain; readonly clock: Clock }) {
    this.#options = options;
  }

  run(request: SandboxRequest): Promise<SandboxResult> {
    const { toolchain } = this.#options;
    const prefix = (temporary: string) => {
      const profile = macosProfile({ workspace: request.workspace.root, temporary, toolchain });
      return [SANDBOX_EXEC, "-p", profile];
    };
    return runHostProgram({ ...this.#options, prefix }, request);
  }
}
