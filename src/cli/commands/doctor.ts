import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { cacheDirectory } from "../../base/directories.ts";
import { isCommand, isTeam, type LineUpEntry } from "../../run/configuration/configuration.ts";
import { findPythonEnvironment } from "../../tools/python-environment.ts";
import { sandboxVerdict } from "../../tools/sandbox/open-sandbox.ts";
import { EXIT } from "../exit-codes.ts";
import { settingsOf, type Setting, type Settings } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";
import { describeModels } from "./models.ts";

interface Check {
  readonly good: boolean;
  readonly name: string;
  readonly found: string;
}

/** `m1p doctor`: what works on this machine, what holds and from where. Exit 2 where runs cannot be had. */
export async function doctor(terminal: Terminal): Promise<number> {
  const settings = await settingsOf({}, terminal);
  const checks = [
    { good: true, name: "Node", found: `${process.versions.node} on ${platformName()}` },
    await checkSandbox(terminal),
    await checkPython(terminal, settings.pythonPackages.value),
    checkWritable("data directory", settings.dataDir.value),
    checkWritable("cache", cacheDirectory(terminal.environment)),
  ];
  const { stdout } = terminal;
  for (const { good, name, found } of checks)
    stdout.write(`${good ? "ok     " : "MISSING"} ${name.padEnd(16)}${found}\n`);
  stdout.write("\nModels\n");
  for (const line of await describeModels(terminal.environment)) stdout.write(line ? `  ${line}\n` : "\n");
  stdout.write(`\nConfiguration (file: ${settings.configurationFile ?? "none; m1p.config.ts would be read here"})\n`);
  for (const [name, setting] of Object.entries(settings))
    if (isSetting(setting)) stdout.write(`  ${settingLine(name, setting)}\n`);
  for (const line of ownLines(settings)) stdout.write(`  ${line}\n`);
  return checks.every((check) => check.good) ? EXIT.answered : EXIT.usage;
}

async function checkSandbox(terminal: Terminal): Promise<Check> {
  const verdict = await sandboxVerdict(terminal.environment);
  if (!verdict.ready) return { good: false, name: "sandbox", found: `${verdict.problem} ${verdict.hint}` };
  return {
    good: true,
    name: "sandbox",
    found: `${verdict.kind}${verdict.note ? ` (${verdict.note})` : ""}, a trial run worked`,
  };
}

async function checkPython(terminal: Terminal, packages: readonly string[]): Promise<Check> {
  const environment = await findPythonEnvironment({ cache: cacheDirectory(terminal.environment), packages });
  const name = "Python";
  if (!environment) return { good: false, name, found: "no environment for the teams yet: m1p setup makes it" };
  return { good: true, name, found: `${environment.pythonVersion} with ${environment.packages.join(", ")}` };
}

/** Whether a directory, or the nearest one above it that is there, can be written. */
function checkWritable(name: string, directory: string): Check {
  let nearest = directory;
  while (!existsSync(nearest)) nearest = path.dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK);
    return { good: true, name, found: directory };
  } catch {
    return { good: false, name, found: `${directory} cannot be written` };
  }
}

/** The person's own tools, agents and teams, by their names. */
function ownLines({ configuration, configurationFile: source = "" }: Settings): string[] {
  const { tools = [], agents = [], teams, lineUps = {} } = configuration;
  const line = (name: string, value: readonly string[]) =>
    value.length > 0 ? [settingLine(name, { value, source })] : [];
  return [
    ...line(
      "tools",
      tools.map(({ name }) => name),
    ),
    ...line(
      "agents",
      agents.map((agent) => (typeof agent === "string" ? agent : agent.name)),
    ),
    ...(typeof teams === "object" ? line("line-up", teams.map(describeEntry)) : []),
    ...Object.entries(lineUps).flatMap(([name, entries]) => line(`line-up ${name}`, entries.map(describeEntry))),
  ];
}

function describeEntry(entry: LineUpEntry): string {
  if (isTeam(entry)) return entry.describe("", undefined, undefined).kind;
  if (isCommand(entry)) return entry.command;
  const { times = 1, model = "" } = entry;
  return `${times > 1 ? `${times} x ` : ""}Magentic-One${model && ` of ${model}`}`;
}

function platformName(): string {
  const names: Readonly<Record<string, string>> = {
    linux: "Linux",
    darwin: "macOS (its sandbox is written for it, but not tested there by us)",
    win32: "Windows, which is supported through WSL 2 only",
  };
  return names[process.platform] ?? `${process.platform}, which is not supported`;
}

function isSetting(value: unknown): value is Setting<unknown> {
  return typeof value === "object" && value !== null && "source" in value;
}

/** What holds where nothing is said. */
const UNSAID: Readonly<Record<string, string>> = {
  model: "what is found, as said above",
  need: "as the policy says",
  aggregate: "vote, where there are several",
  maxTurns: "30",
  temperature: "0.7; under rules 0.3",
  contextWindow: "what its provider says",
  pacing: "what providers allow",
  pythonPackages: "none of your own",
};

function settingLine(name: string, { value, source }: Setting<unknown>): string {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  const isUnsaid = value === undefined || (isEmpty && source === "default");
  const text = Array.isArray(value) ? value.join(", ") : typeof value === "string" ? value : JSON.stringify(value);
  const shown = isUnsaid ? (UNSAID[name] ?? "none") : text || "-";
  const where = path.isAbsolute(source) ? path.basename(source) : source;
  return `${name.padEnd(16)}${shown.padEnd(32)}  ${where}`;
}
