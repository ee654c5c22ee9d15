import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { realClock } from "../../../../src/base/clock.ts";
import { Cancelled, M1Error } from "../../../../src/base/errors.ts";
import { VirtualClock } from "../../../../src/base/virtual-clock.ts";
import { fetchUrl } from "../../../../src/model/weights/fetch-url.ts";

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

interface Bench {
  readonly url: string;
  readonly file: string;
  readonly ranges: (string | undefined)[];
}

async function withServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "m1p-url-"));
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  try {
    await work({ url: `http://127.0.0.1:${address.port}/weights`, file: path.join(folder, "weights"), ranges });
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sends from where it is asked to. */
function send(request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0]);
  response.writeHead(206, { "content-length": CONTENT.length - from }).end(CONTENT.subarray(from));
}

const context = { clock: realClock, signal: new AbortController().signal };

function download({ url, file }: Bench, given: Partial<typeof context> = {}): Promise<void> {
  return fetchUrl({ url, file, bytes: CONTENT.length, onBytes: () => {} }, { ...context, ...given });
}

function failing(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof M1Error);
    assert.match(error.message, pattern);
    return true;
  };
}

suite("weights by URL", () => {
  test("it goes on after each broken connection, from where it was", async () => {
    let breakOff = () => {};
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      breakOff = () => response.destroy();
      const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0]);
      response
        .writeHead(206, { "content-length": CONTENT.length - from })
        .write(CONTENT.subarray(from, from + 100_000));
    };
    await withServer(answer, async ({ url, file, ranges }) => {
      // Each connection breaks as soon as it has brought something.
      await fetchUrl({ url, file, bytes: CONTENT.length, onBytes: () => breakOff() }, context);
      assert.deepEqual(await readFile(file), CONTENT);
      assert.ok(ranges.length >= 3);
      assert.equal(new Set(ranges).size, ranges.length, "no place is asked for twice");
    });
  });

  test("it goes on with what an earlier setup fetched, and asks for nothing when all is there", async () => {
    await withServer(
      (request, response) => send(request, response),
      async (bench) => {
        await writeFile(bench.file, CONTENT.subarray(0, 250_000));
        await download(bench);
        assert.deepEqual(bench.ranges, ["bytes=250000-"]);
        assert.deepEqual(await readFile(bench.file), CONTENT);
        await download(bench);
        assert.equal(bench.ranges.length, 1);
      },
    );
  });

  test("a server that knows no ranges begins anew", async () => {
    await withServer(
      (_, response) => response.writeHead(200).end(CONTENT),
      async (bench) => {
        await writeFile(bench.file, CONTENT.subarray(0, 1000));
        await download(bench);
        assert.deepEqual(await readFile(bench.file), CONTENT);
      },
    );
  });

  test("a refusal is told at once, and so is a server that is not there", async () => {
    await withServer(
      (_, response) => response.writeHead(404).end(),
      async (bench) => {
        await assert.rejects(download(bench), failing(/status 404/));
        assert.equal(bench.ranges.length, 1);
        await assert.rejects(
          download({ ...bench, url: "http://127.0.0.1:1/nothing" }),
          failing(/the connection broke/),
        );
      },
    );
  });

  test("connections that bring nothing are not tried for ever", async () => {
    await withServer(
      (_, response) => void response.writeHead(206).end(),
      async (bench) => {
        await assert.rejects(download(bench), failing(/ended too early/));
        assert.deepEqual(bench.ranges, ["bytes=0-", "bytes=0-", "bytes=0-"]);
      },
    );
  });

  test("a server that does not answer is given up after ten seconds, and no timer is left", async () => {
    const clock = new VirtualClock();
    const asked = Promise.withResolvers<void>();
    await withServer(
      () => asked.resolve(),
      async (bench) => {
        const failed = assert.rejects(download(bench, { clock }), failing(/no answer in 10 seconds/));
        await asked.promise;
        await clock.advance(10_000);
        await failed;
        assert.equal(clock.pending, 0);
      },
    );
  });

  test("an abort ends it with its reason and keeps what came", async () => {
    const abort = new AbortController();
    const reason = new Cancelled("stop", "Stop.");
    await withServer(
      (_, response) => void response.writeHead(206).write(CONTENT.subarray(0, 5000)),
      async (bench) => {
        const onBytes = () => abort.abort(reason);
        const { url, file } = bench;
        const downloading = fetchUrl(
          { url, file, bytes: CONTENT.length, onBytes },
          { ...context, signal: abort.signal },
        );
        await assert.rejects(downloading, (error) => error === reason);
        assert.equal((await readFile(file)).length, 5000);
      },
    );
  });

  test("more than there should be is thrown away", async () => {
    await withServer(
      (_, response) => response.writeHead(200).end(Buffer.concat([CONTENT, CONTENT])),
      async (bench) => {
        await assert.rejects(download(bench), failing(/more than there should be/));
        await assert.rejects(readFile(bench.file), /ENOENT/);
      },
    );
  });
});
