import assert from "node:assert/strict";
import { openSync } from "node:fs";
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createServer } from "node:net";
import { after, before, suite, test } from "node:test";
import { realClock } from "../../src/base/clock.ts";
import { findNpm } from "../../src/tools/sandbox/find-npm.ts";
import { openSandbox } from "../../src/tools/sandbox/open-sandbox.ts";
import { sandboxContract, SandboxBench } from "./sandbox-contract.ts";

const open = () => openSandbox({ toolchain: { node: process.execPath }, clock: realClock, environment: process.env });

suite("the platform's sandbox", { timeout: 60_000 }, () => {
  sandboxContract(open, "sandbox");
  suite("isolation", isolation);
  suite("toolchain", toolchain);
  suite("limits that the kernel holds", { skip: process.platform !== "linux" }, kernelLimits);
});

function toolchain(): void {
  test("an npm from outside of the system's folders is there, read-only, and run by the sandbox's Node", async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), "m1p-npm-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const npm = path.join(folder, "lib/node_modules/npm");
    await mkdir(path.join(npm, "bin"), { recursive: true });
    const own = `#!/usr/bin/env node\nconsole.log("this npm", process.version, ...process.argv.slice(2));`;
    await writeFile(path.join(npm, "bin/npm-cli.js"), own, { mode: 0o755 });
    await mkdir(path.join(folder, "bin"));
    await symlink("../lib/node_modules/npm/bin/npm-cli.js", path.join(folder, "bin/npm"));
    const found = findNpm({ PATH: path.join(folder, "bin") });
    assert.equal(found, await realpath(npm));
    const environment = process.env;
    const options = { toolchain: { node: process.execPath, npm: found }, clock: realClock, environment };
    const bench = await SandboxBench.make(await openSandbox(options));
    t.after(() => bench.dispose());
    const result = await bench.run("sh", `npm test a; echo x >> "$(readlink -f "$(command -v npm)")" || echo kept`);
    assert.match(result.output, new RegExp(`^this npm ${process.version} test a\\n`));
    assert.match(result.output, /kept\n$/);
  });

  test("an npm among the system's programs needs no showing, and what is none is not shown", () => {
    assert.equal(findNpm({ PATH: "/nonexistent" }), undefined);
    const systems = findNpm({ PATH: "/usr/bin" });
    assert.ok(systems === undefined || !systems.startsWith("/usr/"));
  });
}

function isolation(): void {
  let bench: SandboxBench;
  before(async () => {
    bench = await SandboxBench.make(await open());
  });
  after(() => bench.dispose());

  test("G4: the host's files are not there", async () => {
    const secret = path.join(bench.folder, "secret.txt");
    await writeFile(secret, "classified", { mode: 0o644 });
    const result = await bench.run(
      "sh",
      `cat ${secret} /etc/passwd /etc/shadow ${process.cwd()}/package.json; ls /home`,
    );
    assert.doesNotMatch(result.output, /classified|root:|m1-parallel"/);
    assert.notEqual(result.exitCode, 0);
  });

  test("G4: links out of the workspace lead nowhere", async () => {
    await writeFile(path.join(bench.folder, "secret.txt"), "classified");
    const result = await bench.run("sh", `ln -s ${bench.folder}/secret.txt a; ln -s ../../secret.txt b; cat a b`);
    assert.doesNotMatch(result.output, /classified/);
  });

  test("G4: nothing but the workspace and temporary places can be written", async () => {
    const places = "/ /usr /usr/bin /etc /dev /proc /m1p /home /var /root";
    const result = await bench.run(
      "sh",
      `for d in ${places}; do touch $d/x 2>/dev/null && echo wrote $d; done; touch /tmp/x ./x && echo fine`,
    );
    assert.equal(result.output, "fine\n");
  });

  test("G4: there is no network, not even to this machine", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      const address = server.address();
      assert.ok(address !== null && typeof address === "object");
      const text = `
        const net = require("node:net");
        const attempt = (port, host) => new Promise((resolve) => {
          const socket = net.connect({ port, host, timeout: 2000 });
          socket.on("connect", () => resolve("connected")).on("error", (e) => resolve(e.code)).on("timeout", () => resolve("timeout"));
        });
        Promise.all([attempt(${address.port}, "127.0.0.1"), attempt(53, "1.1.1.1"), attempt(80, "2606:4700:4700::1111")])
          .then((all) => { console.log(all.join(" ")); process.exit(); });`;
      const result = await bench.run("node", text);
      assert.doesNotMatch(result.output, /connected|timeout/);
      assert.match(result.output, /ECONNREFUSED|EPERM|ENETUNREACH/);
    } finally {
      server.close();
    }
  });

  test("G4: other processes of the machine are out of sight", { skip: process.platform !== "linux" }, async () => {
    const result = await bench.run("sh", "ls /proc | grep -c '^[0-9]'; kill -0 " + process.pid + " && echo reached");
    assert.doesNotMatch(result.output, /reached/);
    assert.ok(Number.parseInt(result.output, 10) < 10);
  });

  test("G4: the program has no rights, and cannot get any", { skip: process.platform !== "linux" }, async () => {
    const result = await bench.run("sh", "grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs)' /proc/self/status; id -u");
    assert.equal(result.output.match(/^Cap\w+:\s0{16}$/gm)?.length, 5);
    assert.match(result.output, /NoNewPrivs:\t1\n/);
    assert.doesNotMatch(result.output, /^0$/m);
    assert.equal(bench.workspace.owner !== undefined, process.getuid?.() === 0);
  });

  test("G4: it can make no user namespace, where it could mount memory that nobody counts", async () => {
    const result = await bench.run("sh", "unshare --user --map-root-user --mount true || echo refused");
    assert.match(result.output, /refused\n$/);
  });

  test("G4: no file that we have open is open in the program", { skip: process.platform !== "linux" }, async () => {
    const secret = path.join(bench.folder, "open.txt");
    await writeFile(secret, "classified");
    openSync(secret, "r");
    const { output } = await bench.run("sh", "for f in /proc/self/fd/*; do readlink $f; done");
    const known = /^(socket:.*|\/dev\/null|\/m1p\/main\.js|\/proc\/.*|pipe:.*|)$/;
    assert.deepEqual(
      output.split("\n").filter((line) => !known.test(line)),
      [],
    );
  });

  test("two teams do not see each other", async () => {
    const other = await SandboxBench.make(bench.sandbox);
    try {
      await other.run("sh", "echo theirs > file.txt");
      const result = await bench.run("sh", `cat ${other.workspace.root}/file.txt; ls /workspace/.. /workspace/../..`);
      assert.doesNotMatch(result.output, /theirs/);
      assert.deepEqual(await readdir(other.workspace.root), ["file.txt"]);
    } finally {
      await other.dispose();
    }
  });
}

function kernelLimits(): void {
  let bench: SandboxBench;
  before(async () => {
    bench = await SandboxBench.make(await open());
  });
  after(() => bench.dispose());

  test("G4: a fork bomb stops at the limit on processes, for each team apart", async () => {
    const bomb = "i=0; while [ $i -lt 200 ]; do sleep 3 & i=$((i+1)); done; jobs -p | wc -l";
    const other = await SandboxBench.make(bench.sandbox);
    try {
      const results = await Promise.all(
        [bench, other].map((one) => one.run("sh", bomb, { limits: { processes: 30 } })),
      );
      for (const { output } of results) assert.match(output, /fork/i);
      const calm = await bench.run("sh", "sleep 0 & sleep 0 & wait; echo fine", { limits: { processes: 30 } });
      assert.equal(calm.output, "fine\n");
    } finally {
      await other.dispose();
    }
  });

  test("G4: one process cannot take more memory than the limit", async () => {
    const text = "const a = []; for (;;) a.push(Buffer.alloc(2e7, 1));";
    const result = await bench.run("node", text, { limits: { memoryBytes: 300_000_000 } });
    assert.ok(result.endedBy === "memory" || (result.exitCode ?? 0) !== 0);
  });

  test("G4: JavaScript's own heap is told its limit", async () => {
    const text = "const a = []; for (;;) a.push(new Array(1e6).fill(a.length + 0.5));";
    const result = await bench.run("node", text, { limits: { memoryBytes: 300_000_000 } });
    assert.match(result.output, /heap out of memory/);
    assert.ok((result.exitCode ?? 0) > 128);
  });

  test("G4: files in memory have a limit too", async () => {
    const text =
      "head -c 200000000 /dev/zero > /tmp/a; head -c 200000000 /dev/zero > /dev/shm/b; du -cb /tmp/a /dev/shm/b | tail -1";
    const result = await bench.run("sh", text, { limits: { memoryBytes: 100_000_000 } });
    assert.match(result.output, /No space left on device/);
    const total = Number(/^(\d+)\ttotal$/m.exec(result.output)?.[1]);
    assert.ok(total <= 76_000_000, `${total} bytes were written`);
  });
}
