import { open, rm, stat, type FileHandle } from "node:fs/promises";
import { CancelScope } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { M1Error } from "../../base/errors.ts";

/** Until the server answers at all; a machine without a way to it must not be kept waiting. */
const CONNECT_MS = 10_000;
/** Without any data. */
const IDLE_MS = 30_000;
/** Broken connections in a row that brought nothing new. */
const FRUITLESS_ATTEMPTS = 3;

interface UrlDownload {
  readonly url: string;
  /** Continued where it ends, if it is there. */
  readonly file: string;
  /** How long the whole is. */
  readonly bytes: number;
  readonly onBytes: (received: number) => void;
}

interface Context {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Fetches a file of known length over HTTP, continuing what is there and going on after broken connections
 * as long as each brings something. Throws `M1Error` (`download-failed`), the signal's reason on abort.
 */
export async function fetchUrl(download: UrlDownload, context: Context): Promise<void> {
  let fruitless = 0;
  for (let before = await sizeOf(download.file); before < download.bytes;) {
    const { answered, problem } = await attempt(download, before, context);
    const now = await sizeOf(download.file);
    if (now >= download.bytes) break;
    fruitless = now > before ? 0 : fruitless + 1;
    // Who never had an answer from there need not be patient: there may be another source.
    if (fruitless >= FRUITLESS_ATTEMPTS || (now === 0 && !answered)) throw problem;
    before = now;
  }
  if ((await sizeOf(download.file)) <= download.bytes) return;
  await rm(download.file);
  throw failed("the server sent more than there should be");
}

/** How a connection ended before the file did, and whether there was an answer at all. */
interface Attempt {
  readonly answered: boolean;
  readonly problem: M1Error;
}

/** One connection. Throws only when the download is aborted or refused. */
async function attempt(download: UrlDownload, from: number, { clock, signal }: Context): Promise<Attempt> {
  using scope = new CancelScope(signal);
  let answered = false;
  let stopTimer = clock.timer(CONNECT_MS, () => scope.cancel(failed(`no answer in ${CONNECT_MS / 1000} seconds`)));
  const patient = () => {
    stopTimer();
    stopTimer = clock.timer(IDLE_MS, () => scope.cancel(failed(`no data for ${IDLE_MS / 1000} seconds`)));
  };
  try {
    const response = await fetch(download.url, { headers: { range: `bytes=${from}-` }, signal: scope.signal });
    answered = true;
    patient();
    if (!response.ok || !response.body) throw refused(response.status);
    // A server that knows no ranges sends all of it: then it begins anew.
    const continued = response.status === 206;
    const handle = await open(download.file, continued ? "a" : "w");
    await receive(response.body, handle, { ...download, onData: patient, received: continued ? from : 0 });
    return { answered, problem: failed("the connection ended too early") };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof M1Error && error.code === "download-refused") throw error;
    return { answered, problem: error instanceof M1Error ? error : failed("the connection broke", error) };
  } finally {
    stopTimer();
  }
}

async function receive(
  body: AsyncIterable<Uint8Array>,
  handle: FileHandle,
  { received, onData, onBytes }: UrlDownload & { readonly received: number; readonly onData: () => void },
): Promise<void> {
  try {
    let total = received;
    for await (const chunk of body) {
      onData();
      await handle.writeFile(chunk);
      total += chunk.byteLength;
      onBytes(total);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    (facts) => facts.size,
    () => 0,
  );
}

function refused(status: number): M1Error {
  return new M1Error("download-refused", `the server answered with status ${status}`);
}

function failed(why: string, cause?: unknown): M1Error {
  return new M1Error("download-failed", why, { cause });
}
