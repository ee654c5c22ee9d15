import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { z } from "zod";
import { functionTeam } from "../../src/team/adapters/function-team.ts";
import { race } from "../../src/run/race.ts";
import { answerOf, m1pHere, modelsOf, scriptedServer, temporaryFolder } from "./support.ts";

const SIM = { rounds: 1, participants: ["Coder", "ComputerTerminal"], latency_ms: 2 };
const PERSON = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
};
const ADA = '{"name": "Ada", "age": 36}';

/** A folder with a schema in it. */
function folderWith(t: TestContext, schema: unknown): string {
  const directory = temporaryFolder(t);
  writeFileSync(path.join(directory, "schema.json"), typeof schema === "string" ? schema : JSON.stringify(schema));
  return directory;
}

async function solve(t: TestContext, sim: object, flags: readonly string[], directory = temporaryFolder(t)) {
  const server = await scriptedServer(t, { models: { sim: { ...SIM, ...sim } } });
  const args = ["solve", "Who is it?", "-k", "1", "-m", modelsOf(server, "sim", 1), ...flags];
  const run = await m1pHere(t, args, { directory });
  const { log, requests } = await server.stats();
  return { run, requests, finals: log.filter(({ kind }) => kind === "final").length };
}

const SCHEMA = ["--schema", "schema.json"];

suite("answers in a form", { concurrency: true }, () => {
  test("--schema gives the answer as JSON that meets it", async (t) => {
    const { run, finals } = await solve(t, { answer: ADA }, SCHEMA, folderWith(t, PERSON));
    assert.equal(run.exitCode, 0, run.stderr);
    assert.deepEqual(JSON.parse(run.stdout.split("\n")[0] ?? ""), { name: "Ada", age: 36 });
    assert.equal(finals, 1);
  });

  test("a reply in another form is repaired: the model is told what is wrong", async (t) => {
    const faults = [{ kind: "final", at: 1, type: "garbage" }];
    const { run, finals } = await solve(t, { answer: ADA, faults }, [...SCHEMA, "--json"], folderWith(t, PERSON));
    assert.equal(run.exitCode, 0, run.stderr);
    assert.deepEqual(answerOf(run.events).value, { name: "Ada", age: 36 });
    assert.equal(finals, 2);
    const asked = run.events.flatMap((event) =>
      event.type === "step-started" && event.step.kind === "model" ? event.step.conversation.added : [],
    );
    assert.ok(asked.some(({ content }) => /cannot be taken as the answer: the value must be object/.test(content)));
  });

  test("R2: what never meets the schema is no answer: bounded tries, a clear verdict, exit code 3", async (t) => {
    const { run, finals } = await solve(t, { answer: "42" }, SCHEMA, folderWith(t, PERSON));
    assert.equal(run.exitCode, 3, run.stderr);
    assert.match(run.stdout, /^No answer \(unanswered\).*not in the form that is wanted.*must be object/);
    assert.match(run.stdout, /Best partial findings, of team-1, not an answer:/);
    assert.equal(finals, 4);
  });

  test("--answer number and list: what the model names is checked, and has a value", async (t) => {
    const number = await solve(t, { answer: "1,234.50" }, ["--answer", "number", "--json"]);
    assert.deepEqual([answerOf(number.run.events).answer, answerOf(number.run.events).value], ["1234.50", 1234.5]);
    const list = await solve(t, { answer: "b; a, 3" }, ["--answer", "list", "--json"]);
    assert.deepEqual([answerOf(list.run.events).answer, answerOf(list.run.events).value], ["b, a, 3", ["b", "a", 3]]);
    const words = await solve(t, { answer: "a dozen" }, ["--answer", "number"]);
    assert.equal(words.run.exitCode, 3);
    assert.match(words.run.stdout, /"a dozen" is not one number/);
  });

  for (const [name, schema, message] of [
    ["no JSON", "{", /holds no JSON/],
    ["no schema", [1], /holds no JSON schema/],
    ["a wrong one", { type: "text" }, /The schema cannot be used/],
    ["one that nothing can meet", { type: "number", minimum: 2, maximum: 1 }, /Nothing can meet the schema/],
    ["false", "false", /which nothing can meet/],
  ] as const) {
    test(`a schema file that is ${name}: a sentence, exit code 2, and nothing asked`, async (t) => {
      const { run, requests } = await solve(t, { answer: "1" }, SCHEMA, folderWith(t, schema));
      assert.equal(run.exitCode, 2, run.stderr);
      assert.match(run.stderr, message);
      assert.equal(requests, 0);
    });
  }

  for (const [flags, message] of [
    [["--schema", "nowhere.json"], /nowhere\.json cannot be read/],
    [["--answer", "poem"], /An answer cannot be "poem"/],
    [["--answer", "file:../x"], /within the team's folder/],
    [["--answer", "number", "--out", "no/such/folder/x"], /There is no folder/],
    [["--answer", "number", ...SCHEMA], /A schema says already/],
    [["--answer", "file", "--aggregate", "llm"], /No model can make one file of several/],
  ] as const) {
    test(`${flags.join(" ")}: a sentence and exit code 2`, async (t) => {
      const { run, requests } = await solve(t, { answer: "1" }, flags, folderWith(t, PERSON));
      assert.equal(run.exitCode, 2, run.stderr);
      assert.match(run.stderr, message);
      assert.equal(requests, 0);
    });
  }
});

/** Answers badly the first time it is run in a folder, and well when it is told. */
const LEARNS = `case "{task}" in *"not accepted"*) echo 'FINAL ANSWER: ${ADA}';; *) echo 'FINAL ANSWER: Ada';; esac`;

suite("answers of programs in a form", { concurrency: true }, () => {
  test("a command's answer is checked by the race, and it is told what is wrong", async (t) => {
    const directory = folderWith(t, PERSON);
    const run = await m1pHere(t, ["solve", "Who?", "--team", LEARNS, ...SCHEMA, "--json"], { directory });
    assert.equal(run.exitCode, 0, run.stderr);
    assert.deepEqual(answerOf(run.events).value, { name: "Ada", age: 36 });
    const rejected = run.events.find((event) => event.type === "answer-judged" && event.verdict === "reject");
    assert.match(
      rejected?.type === "answer-judged" ? rejected.reason : "",
      /cannot be taken as the answer: the value must be object/,
    );
  });

  test("a file is an answer: kept with the run, written by --out, and again by show", async (t) => {
    const directory = temporaryFolder(t);
    const team = "mkdir -p out && printf 'a,b\\n1,2\\n' > out/r.csv && echo 'FINAL ANSWER: out/r.csv'";
    const run = await m1pHere(t, ["solve", "Make it", "--team", team, "--answer", "file", "--out", "mine.csv"], {
      directory,
    });
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match(run.stdout, /^out\/r\.csv\n/);
    assert.equal(readFileSync(path.join(directory, "mine.csv"), "utf8"), "a,b\n1,2\n");
    const { dataDir } = run;
    const shown = await m1pHere(t, ["show", "last", "--out", "again.csv"], { directory, dataDir });
    assert.equal(shown.exitCode, 0, shown.stderr);
    assert.equal(readFileSync(path.join(directory, "again.csv"), "utf8"), "a,b\n1,2\n");
    const { events } = await m1pHere(t, ["show", "last", "--json"], { dataDir });
    const { path: made, bytes } = answerOf(events).file ?? {};
    assert.deepEqual([made, bytes], ["out/r.csv", 8]);
  });

  for (const [name, team, problem] of [
    ["is not there", "echo 'FINAL ANSWER: r.csv'", /There is no file "r\.csv"/],
    ["leads out of the folder", "ln -s /etc/passwd r.csv; echo 'FINAL ANSWER: r.csv'", /not a path inside/],
    ["is a folder", "mkdir r.csv; echo 'FINAL ANSWER: r.csv'", /is a folder/],
  ] as const) {
    test(`a file that ${name} is no answer`, async (t) => {
      const run = await m1pHere(t, ["solve", "Make it", "--team", team, "--answer", "file:r.csv"]);
      assert.equal(run.exitCode, 3, run.stderr);
      assert.match(run.stdout, problem);
    });
  }

  test("votes go by what answers say: equal values and equal files are one answer", async (t) => {
    const directory = folderWith(t, PERSON);
    const say = (text: string) => ["--team", `echo 'FINAL ANSWER: ${text}'`];
    const people = [...say('{"name": "Bo", "age": 1}'), ...say(ADA), ...say('{"age": 36, "name": "Ada"}')];
    const values = await m1pHere(t, ["solve", "Who?", ...people, ...SCHEMA, "--aggregate", "vote", "--json"], {
      directory,
    });
    assert.deepEqual(answerOf(values.events).value, { name: "Ada", age: 36 });
    const make = (name: string, text: string) => ["--team", `printf ${text} > ${name}; echo 'FINAL ANSWER: ${name}'`];
    const files = [...make("a", "x"), ...make("b", "y"), ...make("c", "y")];
    const made = await m1pHere(t, ["solve", "Make", ...files, "--answer", "file", "--aggregate", "vote", "--json"]);
    assert.match(answerOf(made.events).answer ?? "", /^[bc]$/);
  });

  test("in a program a zod schema types the value, refinements and transforms included", async (t) => {
    const answers = ['{"n": 1}', '{"n": 2}'];
    const team = functionTeam("mine", async ({ task, steps }) => {
      assert.equal(task.answer?.kind, "schema");
      for (const answer of answers) {
        const reply = await steps.propose({ answer, findings: "", reason: "", turns: 1 });
        if (reply.kind === "accepted") return answer;
        assert.equal(reply.kind === "rejected" && /n: must be even/.test(reply.reason), true);
      }
      return "none";
    });
    const even = z.number().refine((n) => n % 2 === 0, "must be even");
    const schema = z.object({ n: even }).transform(({ n }) => ({ half: n / 2 }));
    const run = race({ task: "?", teams: [team], schema, store: "memory", dataDir: temporaryFolder(t) });
    const { value, answer } = await run.result;
    const half: number | undefined = value?.half;
    assert.deepEqual([half, answer], [1, '{"n":2}']);
    await run.receipt;
  });
});
