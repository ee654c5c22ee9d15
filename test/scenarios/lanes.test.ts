import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { TestScreen } from "../unit/cli/lanes/screen.ts";
import { modelsOf, scriptedServer, temporaryFolder } from "./support.ts";

const M1P = fileURLToPath(new URL("../../src/cli/m1p.ts", import.meta.url));
const IN_TERMINAL = fileURLToPath(new URL("../fixtures/in-terminal.py", import.meta.url));
const ESCAPE = "\u001B[";
const COLOURS = ["1m", "2m", "31m", "32m", "35m"];
const sim = { rounds: 3, participants: ["Coder", "ComputerTerminal"], answer: "42", latency_ms: 20 };
const hanging = { ...sim, latency_ms: 60_000 };

interface Watched {
  readonly screen: TestScreen;
  readonly exitCode: number | null;
  /** Standard output, where that went to a file. */
  readonly stdout: string;
}

interface WatchOptions {
  /** Standard output is a file, and only standard error the terminal. */
  readonly piped?: true;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called whenever something was written; `tell` says something to the terminal, each thing once. */
  readonly onText?: (text: string, act: Act) => void;
}

interface Act {
  once(name: string, command: string): void;
}

/** Runs m1p in a real terminal of 80 columns, and draws what it writes on a screen that can be read. */
async function watch(t: TestContext, args: readonly string[], options: WatchOptions = {}): Promise<Watched> {
  const folder = temporaryFolder(t);
  const stdoutFile = options.piped ? path.join(folder, "stdout") : "-";
  const { PATH, HOME, M1P_CACHE_DIR } = process.env;
  const child = spawn("python3", [IN_TERMINAL, "80", "24", stdoutFile, process.execPath, M1P, ...args], {
    cwd: folder,
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      PATH,
      HOME,
      ...(M1P_CACHE_DIR ? { M1P_CACHE_DIR } : {}),
      TERM: "xterm-256color",
      M1P_DATA_DIR: path.join(folder, "data"),
      ...options.environment,
    },
  });
  t.after(() => stop(child));
  const screen = new TestScreen(80, 24);
  const done = new Set<string>();
  const resized: Promise<void>[] = [];
  const act: Act = {
    once(name, command) {
      if (done.has(name)) return;
      done.add(name);
      const [word, columns, rows] = command.split(" ");
      if (word === "resize") resized.push(screen.resize(Number(columns), Number(rows)));
      child.stdin.write(`${command}\n`);
    },
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen.write(text);
    options.onText?.(screen.written, act);
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  await Promise.all(resized);
  return { screen, exitCode, stdout: options.piped ? readFileSync(stdoutFile, "utf8") : "" };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "close");
}

test("on a terminal a race is watched in lanes, which become a summary above the answer", async (t) => {
  const server = await scriptedServer(t, { models: { sim } });
  const { screen, exitCode } = await watch(t, [
    "solve",
    "What is six times seven?",
    "-k",
    "2",
    "-m",
    modelsOf(server, "sim", 2),
  ]);
  assert.equal(exitCode, 0);
  assert.match(screen.written, /▌ .*team-1/);
  const text = await screen.text();
  assert.match(text, /^What is six times seven\?\n {2}team [^]*\n✓ team-\d +\d+ [^]*\n\n42\n\nteam-\d answered first/);
  assert.doesNotMatch(text, /▌/, "no lane is left");
  assert.equal(screen.hasCursor, true);
});

test("with standard output in a file the lanes are on the terminal, and the answer alone is in the file", async (t) => {
  const server = await scriptedServer(t, { models: { sim } });
  const args = ["solve", "What is six times seven?", "-k", "2", "-m", modelsOf(server, "sim", 2)];
  const { screen, exitCode, stdout } = await watch(t, args, { piped: true });
  assert.equal(exitCode, 0);
  assert.match(stdout, /^42\n\nteam-\d answered first[^\n]*\n$/);
  assert.match(await screen.text(), /✓ team-\d/);
  assert.doesNotMatch(await screen.text(), /answered first/);
});

test("resized, and then ended by Ctrl-C: no litter, the cursor is back, the summary stays", async (t) => {
  const server = await scriptedServer(t, { models: { sim: hanging } });
  const args = ["solve", "What is six times seven?", "-k", "2", "-m", modelsOf(server, "sim", 2)];
  const { screen, exitCode } = await watch(t, args, {
    onText: (text, act) => {
      if (!/team-2[^]*thinks/.test(text)) return;
      act.once("narrow", "resize 50 20");
      if (text.split("\u001B[?25l").at(-1)?.includes("0:02")) act.once("interrupt", "keys 03");
    },
  });
  assert.equal(exitCode, 5);
  const text = await screen.text();
  assert.match(text, /Stopping all teams; once more stops at once/);
  assert.match(text, /What is six times seven\?\n {2}team [^]*team-2 [^]*cancelled after/);
  assert.match(text, /No answer \(cancelled\)/);
  assert.doesNotMatch(text, /▌/, "no lane is left");
  assert.equal(screen.hasCursor, true);
});

for (const [name, command, code] of [
  ["SIGTERM", "signal 15", 143],
  ["SIGHUP", "signal 1", 129],
] as const) {
  test(`${name} ends the process at once: the cursor is back, and it is said how to go on`, async (t) => {
    const server = await scriptedServer(t, { models: { sim: hanging } });
    const args = ["solve", "?", "-k", "2", "-m", modelsOf(server, "sim", 2)];
    const { screen, exitCode } = await watch(t, args, {
      onText: (text, act) => {
        if (/team-2[^]*thinks/.test(text)) act.once("signal", command);
      },
    });
    assert.equal(exitCode, code);
    assert.match(await screen.text(), /It goes on with: m1p resume/);
    assert.equal(screen.hasCursor, true);
  });
}

for (const [name, environment, flags] of [
  ["--plain", {}, ["--plain"]],
  ["M1P_PLAIN", { M1P_PLAIN: "1" }, []],
  ["a dumb terminal", { TERM: "dumb" }, []],
  ["CI", { CI: "true" }, []],
] as const) {
  test(`${name}: plain lines on a terminal, and nothing is written over`, async (t) => {
    const server = await scriptedServer(t, { models: { sim } });
    const args = ["solve", "?", "-k", "1", "-m", modelsOf(server, "sim", 1), ...flags];
    const { screen, exitCode } = await watch(t, args, { environment });
    assert.equal(exitCode, 0);
    assert.match(await screen.text(), /^team-1 +\d+\.\ds {2}answers "42"/m);
    for (const steering of ["?25l", "?7l", "1A", "K", "J"])
      assert.ok(!screen.written.includes(ESCAPE + steering), steering);
  });
}

test("NO_COLOR: lanes without a colour; without it, with", async (t) => {
  const server = await scriptedServer(t, { models: { sim } });
  const args = ["solve", "?", "-k", "1", "-m", modelsOf(server, "sim", 1)];
  const without = await watch(t, args, { environment: { NO_COLOR: "1" } });
  assert.ok(!COLOURS.some((colour) => without.screen.written.includes(ESCAPE + colour)));
  assert.match(without.screen.written, /▌/);
  assert.ok((await watch(t, args)).screen.written.includes(`${ESCAPE}32m`));
});
