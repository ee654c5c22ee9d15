import type * as Library from "node-llama-cpp";
import { UsageError, describeError } from "../../base/errors.ts";

const INSTALL_COMMAND = "npm install node-llama-cpp@3";

/** The library that runs GGUF models in this process, and its loaded native part. */
export interface LocalEngine {
  readonly library: typeof Library;
  readonly llama: Library.Llama;
}

/**
 * Loads node-llama-cpp, an optional peer, without anything being compiled or downloaded. Throws
 * `UsageError`: `local-engine-missing` where it isn't installed, `local-engine-unusable` where its
 * native part can't be loaded on this machine.
 */
export async function startLocalEngine(threads: number): Promise<LocalEngine> {
  const library = await loadLibrary();
  try {
    const llama = await library.getLlama({
      gpu: false,
      build: "never",
      skipDownload: true,
      progressLogs: false,
      maxThreads: threads,
      logLevel: library.LlamaLogLevel.disabled,
      // It would write to the streams that carry results and progress.
      logger: () => {},
    });
    return { library, llama };
  } catch (error) {
    throw new UsageError(
      "local-engine-unusable",
      `node-llama-cpp is installed, but has no native part that runs on this machine (${process.platform}-${process.arch}).`,
      {
        hint: "Install it again with its optional packages (npm install --include=optional node-llama-cpp@3), or name another model with -m.",
        cause: error,
      },
    );
  }
}

/** Whether the package is there to be loaded. Loads nothing. */
export function hasLocalEngine(): boolean {
  try {
    import.meta.resolve("node-llama-cpp");
    return true;
  } catch {
    return false;
  }
}

/** What is to be said where it is not. */
export function localEngineMissing(cause?: unknown): UsageError {
  return new UsageError(
    "local-engine-missing",
    "Local models need the package node-llama-cpp, which isn't installed.",
    {
      hint: `Install it beside m1-parallel with: ${INSTALL_COMMAND}`,
      cause,
    },
  );
}

async function loadLibrary(): Promise<typeof Library> {
  try {
    return await import("node-llama-cpp");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (missing) throw localEngineMissing(error);
    throw new UsageError("local-engine-unusable", `node-llama-cpp can't be loaded: ${reasonOf(error)}.`, {
      hint: `Install it again with: ${INSTALL_COMMAND}`,
      cause: error,
    });
  }
}

/** What the engine says went wrong, as a part of a sentence. */
export function reasonOf(error: unknown): string {
  return describeError(error).replace(/\.$/, "");
}
