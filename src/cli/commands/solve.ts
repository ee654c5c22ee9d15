import { UsageError } from "../../base/errors.ts";
import { race } from "../../run/race.ts";
import type { RaceOptions } from "../../run/race-options.ts";
import { warnOfCommands } from "../notices/command-warning.ts";
import { estimateLine } from "../notices/estimate-line.ts";
import { answerOptions, outPath, type AnswerFlags } from "../flags/answer-flags.ts";
import { followRace, type Followed, type RaceListeners } from "../telling/follow-race.ts";
import { interruptedLines } from "../notices/interrupted-runs.ts";
import { raceRules } from "../flags/race-rules.ts";
import { type TeamFlags, workOptions } from "../flags/team-flags.ts";
import { assertUsableDataDir } from "../flags/usable-data-dir.ts";
import { settingsOf, type SettingFlags, type Settings } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";
import { lineUpOf } from "../flags/line-up-of.ts";
import { writeAnswer } from "../telling/write-answer.ts";

export interface SolveFlags extends SettingFlags, TeamFlags, AnswerFlags {
  readonly file?: readonly string[];
  readonly orchestrator?: string;
  readonly seed?: string;
  readonly unsafeHostExec?: true;
  readonly json?: true;
}

/** `m1p solve`: races teams on a task; results to standard output, progress to standard error. */
export async function solveTask(task: string, flags: SolveFlags, terminal: Terminal): Promise<Followed> {
  const settings = await settingsOf(flags, terminal);
  const { options, commands } = await raceOptions(task, flags, settings, terminal);
  assertUsableDataDir(settings.dataDir.value);
  if (flags.unsafeHostExec) terminal.stderr.write("WITHOUT A SANDBOX: the teams' code runs on this machine as you.\n");
  // An interrupted run is cheaper to go on with than a new one: it is said before anything is spent.
  if (!flags.json) for (const line of interruptedLines(settings.dataDir.value)) terminal.stderr.write(`${line}\n`);
  warnOfCommands(commands, terminal);
  const estimate = await estimateLine(options);
  if (estimate !== undefined) terminal.stderr.write(`${estimate}\n`);
  let runId = "";
  const start = ({ onLive }: RaceListeners) => {
    const run = race({ ...options, onLive });
    runId = run.id;
    return run;
  };
  const telling = { json: flags.json ?? false, plain: settings.plain.value };
  const followed = await followRace(start, terminal, telling);
  await giveAnswer(followed, flags, { runId, dataDir: settings.dataDir.value, terminal });
  return followed;
}

/** To the file that is named; of one that is a file, else where it is. */
async function giveAnswer(
  { answer }: Followed,
  { out, answer: kind = "" }: SolveFlags,
  { runId, dataDir, terminal }: { readonly runId: string; readonly dataDir: string; readonly terminal: Terminal },
): Promise<void> {
  if (answer === null) return;
  if (out !== undefined) await writeAnswer(dataDir, runId, outPath(out, terminal), terminal);
  else if (kind.startsWith("file")) {
    terminal.stderr.write(`The file is kept with the run: m1p show ${runId} --out PATH writes it.\n`);
  }
}

async function raceOptions(
  task: string,
  flags: SolveFlags,
  settings: Settings,
  terminal: Terminal,
): Promise<{ readonly options: RaceOptions; readonly commands: readonly string[] }> {
  if (task.trim() === "") {
    throw new UsageError("no-task", "There is no task.", { hint: 'Say what is asked: m1p solve "…"' });
  }
  const rules = raceRules(settings, terminal);
  const { deadlineMs, configuration } = settings;
  const { teams, commands } = await lineUpOf(flags, settings, terminal);
  const options = {
    ...answerOptions(flags, terminal),
    task: { prompt: task, files: flags.file ?? [] },
    teams,
    ...workOptions(flags, terminal),
    ...rules,
    budget: budgetOf(settings, commands.length > 0, terminal),
    ...(deadlineMs.value === undefined ? {} : { deadlineMs: deadlineMs.value }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    dataDir: settings.dataDir.value,
    pythonPackages: settings.pythonPackages.value,
    pacing: settings.pacing.value,
    unsafeHostExec: flags.unsafeHostExec ?? false,
    environment: terminal.environment,
    ...(configuration.tools ? { tools: configuration.tools } : {}),
  };
  return { options, commands };
}

/** A budget that stands in the configuration was not meant for commands, over which none can hold. */
function budgetOf({ budgetUsd, budgetTokens }: Settings, isOfCommands: boolean, terminal: Terminal) {
  const set = [budgetUsd, budgetTokens].filter(({ value }) => value !== undefined);
  const left = isOfCommands && set.length > 0 && set.every(({ source }) => source !== "flag");
  if (left) terminal.stderr.write(`The budget of ${set[0]?.source} does not hold: what commands spend is unknown.\n`);
  if (left) return {};
  return {
    ...(budgetUsd.value === undefined ? {} : { usd: budgetUsd.value }),
    ...(budgetTokens.value === undefined ? {} : { tokens: budgetTokens.value }),
  };
}
