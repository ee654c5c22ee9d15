// `npm run proof -- NAME [ARGUMENTS]` runs proofs/NAME.ts and writes docs/results/NAME.md.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { basename, join } from "node:path";
import { ROOT } from "./checks/command.ts";
import { pageOf } from "./proof/page.ts";
import type { Proof } from "./proof/proof.ts";

const [name = "", ...given] = process.argv.slice(2);
const path = join(ROOT, "proofs", `${name}.ts`);
if (/^[\w-]+$/.test(name) && existsSync(path)) await prove();
else listProofs();

async function prove(): Promise<void> {
  const { default: proof } = (await import(path)) as { default: Proof };
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  // Before the run: a long one must not name a commit that was made meanwhile.
  const commit = git("describe", "--always", "--dirty", "--abbrev=12");
  const [date, begun] = [new Date().toISOString().slice(0, 16).replace("T", " "), performance.now()];
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const result = await proof({ arguments: given, signal: controller.signal, say });
  if (!result) return;
  const page = pageOf(result, {
    command: ["npm run proof --", name, ...given].join(" "),
    commit,
    date: `${date} UTC`,
    minutes: (performance.now() - begun) / 60_000,
    machine: machine(),
  });
  mkdirSync(join(ROOT, "docs/results"), { recursive: true });
  writeFileSync(join(ROOT, "docs/results", `${name}.md`), page);
  process.stdout.write(`${page}\nWritten to docs/results/${name}.md\n`);
  process.exitCode = result.holds ? 0 : 1;
}

function listProofs(): void {
  const names = globSync("proofs/*.ts", { cwd: ROOT }).map((file) => basename(file, ".ts"));
  if (name !== "") process.stderr.write(`There is no proof "${name}".\n`);
  process.stderr.write(`npm run proof -- NAME, one of: ${names.sort().join(", ") || "(none yet)"}\n`);
  process.exitCode = 2;
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
}

function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  return `${availableParallelism()} cores (${processor}), ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.version}`;
}
