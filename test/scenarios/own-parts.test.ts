import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { LoggedEvent } from "../../src/events/run-event.ts";
import { answerOf, m1p, temporaryFolder } from "./support.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));
const QUESTION = "Which region sold most?";

/** The example in a folder of its own, with imports as a person's project has them; `delayMs` before the second ledger. */
function project(t: TestContext, delayMs = 0): string {
  const folder = temporaryFolder(t);
  for (const name of ["own-agent", "own-tool"])
    cpSync(path.join(EXAMPLES, name), path.join(folder, name), { recursive: true });
  for (const file of ["own-agent/m1p.config.ts", "own-agent/database-surfer.ts", "own-tool/query-database.ts"]) {
    const place = path.join(folder, file);
    writeFileSync(place, readFileSync(place, "utf8").replace("../../src/index.ts", "m1-parallel"));
  }
  const script = path.join(folder, "own-agent/rehearsal.json");
  const { replies } = JSON.parse(readFileSync(script, "utf8")) as { replies: { match?: string; delayMs?: number }[] };
  const last = replies.findLast(({ match }) => match === "is_request_satisfied");
  if (last && delayMs > 0) last.delayMs = delayMs;
  writeFileSync(script, JSON.stringify({ replies }));
  return path.join(folder, "own-agent");
}

const lines = (file: string) => readFileSync(path.join(EXAMPLES, file), "utf8").trimEnd().split("\n").length;

test("the examples are as short as they say: a tool in 20 lines, an agent in 30", () => {
  assert.ok(lines("own-tool/query-database.ts") <= 20);
  assert.ok(lines("own-agent/database-surfer.ts") <= 30);
});

test("the example as it stands: its agent asks the database with its tool, in a folder without any package", async (t) => {
  const directory = project(t);
  const run = await m1p(t, ["solve", QUESTION, "-f", "shop.db", "--json"], { directory });
  assert.equal(run.exitCode, 0, run.stderr);
  assert.equal(answerOf(run.events).answer, "north");
  assert.equal(run.stderr, "", "Node has nothing to warn of");
  const [start] = run.events;
  assert.ok(start?.type === "run-started");
  for (const { tools } of start.teams)
    assert.ok(tools.includes("terminal") && tools.at(-1) === "query-database", "all of its members' tools");
  const said = run.events.find((event) => event.type === "agent-spoke" && event.agent === "DatabaseSurfer");
  assert.match(said?.type === "agent-spoke" ? said.text : "", /"region":"north","total":770/);
});

test("a line-up by its name: each team has what it says, and flags win over that", async (t) => {
  const directory = project(t);
  const run = await m1p(t, ["solve", QUESTION, "-f", "shop.db", "--line-up", "mixed", "--max-turns", "4", "--json"], {
    directory,
  });
  assert.equal(run.exitCode, 0, run.stderr);
  const [start] = run.events;
  assert.ok(start?.type === "run-started");
  assert.deepEqual(
    start.teams.map(({ temperature, options }) => [temperature, options?.["maxTurns"], options?.["agents"]]),
    [
      [0.7, 4, ["Coder", "ComputerTerminal", "FileSurfer", { own: "DatabaseSurfer" }]],
      [0.3, 4, ["Coder", { own: "DatabaseSurfer" }]],
    ],
  );
  const unknown = await m1p(t, ["solve", QUESTION, "--line-up", "mixd"], { directory });
  assert.equal(unknown.exitCode, 2);
  assert.equal(unknown.stderr, 'm1p: There is no line-up "mixd".\n  Those in m1p.config.ts are: mixed.\n');
});

test("S1: killed after its agent's turn, a run goes on with the configuration's agents and tools, and does no step of it again", async (t) => {
  const directory = project(t, 60_000);
  const dataDir = temporaryFolder(t);
  const killed = await m1p(t, ["solve", QUESTION, "-f", "shop.db", "-k", "1", "--json"], {
    directory,
    dataDir,
    onEvent: (event, child) => void (isLookUp(event) && child.kill("SIGKILL")),
  });
  assert.equal(killed.exitCode, null, killed.stderr);
  const elsewhere = await m1p(t, ["resume", "last"], { dataDir });
  assert.equal(elsewhere.exitCode, 2);
  assert.match(
    elsewhere.stderr,
    /an agent of your own, DatabaseSurfer, which is not here\.\n {2}Go on in the folder whose m1p\.config\.ts has it/,
  );

  const script = path.join(directory, "rehearsal.json");
  const { replies } = JSON.parse(readFileSync(script, "utf8")) as { replies: { match?: string; delayMs?: number }[] };
  const left = replies.filter(({ delayMs, match }) => delayMs !== undefined || match === "FINAL ANSWER");
  writeFileSync(script, JSON.stringify({ replies: left.map((reply) => ({ ...reply, delayMs: 0 })) }));
  const resumed = await m1p(t, ["resume", "last", "--json"], { directory, dataDir });
  assert.equal(resumed.exitCode, 0, resumed.stderr);
  assert.equal(answerOf(resumed.events).answer, "north");
  assert.deepEqual(
    resumed.events.filter((event) => event.type === "step-started" && event.key.includes("DatabaseSurfer")),
    [],
  );
});

function isLookUp(event: LoggedEvent): boolean {
  return event.type === "agent-spoke" && event.agent === "DatabaseSurfer";
}
