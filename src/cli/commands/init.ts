import { existsSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { realClock } from "../../base/clock.ts";
import { UsageError } from "../../base/errors.ts";
import type { ModelChoice } from "../../model/default-model.ts";
import { defaultModel } from "../../run/line-up/default-model.ts";
import { CONFIGURATION_FILES } from "../../run/configuration/load-configuration.ts";
import { configurationText } from "./configuration-text.ts";
import { EXIT } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

export interface InitFlags {
  readonly force?: true;
}

/**
 * `m1p init`: writes a configuration for what is found on this machine, never a key, and says what to do next. Throws
 * `UsageError`: `config-exists` without --force, `config-unwritable`.
 */
export async function init({ force }: InitFlags, terminal: Terminal): Promise<number> {
  const { directory, environment, stdout } = terminal;
  const file = path.join(directory, CONFIGURATION_FILES[0]);
  const existing = CONFIGURATION_FILES.find((name) => existsSync(path.join(directory, name)));
  if (existing !== undefined && !force) {
    throw new UsageError("config-exists", `There is ${existing} in ${directory} already; nothing was written.`, {
      hint: `m1p init --force writes a new ${CONFIGURATION_FILES[0]} in its place.`,
    });
  }
  const choice = await modelHere(environment);
  write(file, configurationText(choice));
  stdout.write(`Written: ${file}\n`);
  if (existing !== undefined && existing !== CONFIGURATION_FILES[0])
    stdout.write(`${existing} is not read any more.\n`);
  for (const line of nextSteps(choice, directory)) stdout.write(`${line}\n`);
  return EXIT.answered;
}

async function modelHere(environment: NodeJS.ProcessEnv): Promise<ModelChoice | undefined> {
  try {
    return await defaultModel(environment, realClock);
  } catch (error) {
    if (error instanceof UsageError && error.code === "model-none") return undefined;
    throw error;
  }
}

/** Whole or not at all: a configuration that was cut off would stop every command. */
function write(file: string, text: string): void {
  const draft = `${file}.new`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (error) {
    throw new UsageError("config-unwritable", `${file} cannot be written.`, {
      hint: "Check that the folder is there, belongs to you and has room.",
      cause: error,
    });
  }
}

function nextSteps(choice: ModelChoice | undefined, directory: string): string[] {
  const model = choice
    ? [`Its model is ${choice.reference}. ${choice.why}`]
    : [
        "No model was found, so none is named in it: put a key into OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY,",
        "start Ollama, or fetch a local model with m1p setup.",
      ];
  const types = isInstalledIn(directory)
    ? "Your editor has its types from the m1-parallel that is installed here."
    : "m1p reads it as it stands; for its types in your editor: npm install --save-dev m1-parallel";
  return [
    ...model,
    types,
    "",
    "Next:",
    "  m1p doctor            what holds, and from where",
    '  m1p solve "…"         ask',
  ];
}

/** Whether the folder, or one above it, has the package, as editors look for it. */
function isInstalledIn(directory: string): boolean {
  const above = path.dirname(directory);
  if (existsSync(path.join(directory, "node_modules/m1-parallel/package.json"))) return true;
  return above !== directory && isInstalledIn(above);
}
