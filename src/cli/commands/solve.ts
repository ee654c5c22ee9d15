import { UsageError } from "../../base/errors.ts";
import { orchestratorModeSchema, type OrchestratorMode } from "../../events/ledger.ts";
import type { LoggedEvent, RacePolicy } from "../../events/run-event.ts";
import { POLICIES } from "../../race/policies.ts";
import { magenticOne } from "../../run/magentic-one.ts";
import { race } from "../../run/race.ts";
import type { RaceOptions } from "../../run/race-options.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { resultText } from "../result-text.ts";
import { stopOnInterrupt } from "../interrupt.ts";
import { PlainLines } from "../plain-lines.ts";
import { settingsOf, type SettingFlags, type Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";
import { chosenModels } from "../chosen-models.ts";

export interface SolveFlags extends SettingFlags {
  readonly file?: readonly string[];
  readonly orchestrator?: string;
  readonly seed?: string;
  readonly unsafeHostExec?: true;
  readonly json?: true;
}

/** What a solved task came to. */
export interface Solved {
  readonly exitCode: number;
  readonly answer: string | null;
}

/** `m1p solve`: races teams on a task; results to standard output, progress to standard error. */
export async function solveTask(task: string, flags: SolveFlags, terminal: Terminal): Promise<Solved> {
  const settings = await settingsOf(flags, terminal);
  const options = await raceOptions(task, flags, settings, terminal);
  if (flags.unsafeHostExec) terminal.stderr.write("WITHOUT A SANDBOX: the teams' code runs on this machine as you.\n");
  const run = race(options);
  const release = stopOnInterrupt(run, terminal);
  try {
    const lines = new PlainLines({ color: terminal.color, columns: terminal.columns });
    for await (const event of run.events) {
      if (flags.json) terminal.stdout.write(`${JSON.stringify(event)}\n`);
      else tell(event, lines, terminal);
    }
    const result = await run.result;
    await run.receipt;
    return { exitCode: exitCodeOf(result.outcome), answer: result.answer };
  } finally {
    // Where telling it failed, the race must not go on unseen.
    run.cancel("nobody can be told of it");
    release();
  }
}

/** The answer stands apart from the progress around it, and alone on standard output. */
function tell(event: LoggedEvent, lines: PlainLines, terminal: Terminal): void {
  for (const line of lines.render(event)) terminal.stderr.write(`${line}\n`);
  if (event.type !== "race-decided") return;
  terminal.stderr.write("\n");
  terminal.stdout.write(resultText(event));
  terminal.stderr.write("\n");
}

async function raceOptions(
  task: string,
  flags: SolveFlags,
  settings: Settings,
  terminal: Terminal,
): Promise<RaceOptions> {
  if (task.trim() === "") {
    throw new UsageError("no-task", "There is no task.", { hint: 'Say what is asked: m1p solve "…"' });
  }
  const policy = policyNamed(settings.policy.value);
  const mode = flags.orchestrator === undefined ? undefined : orchestratorMode(flags.orchestrator);
  const models = await chosenModels(settings, terminal);
  const { budgetUsd, budgetTokens, deadlineMs, maxTurns, temperature } = settings;
  return {
    task: { prompt: task, files: flags.file ?? [] },
    teams: magenticOne({
      model: models,
      ...(mode ? { mode } : {}),
      ...(maxTurns.value === undefined ? {} : { maxTurns: maxTurns.value }),
      ...(temperature.value === undefined ? {} : { temperature: temperature.value }),
    }).times(settings.teams.value),
    policy,
    budget: {
      ...(budgetUsd.value === undefined ? {} : { usd: budgetUsd.value }),
      ...(budgetTokens.value === undefined ? {} : { tokens: budgetTokens.value }),
    },
    ...(deadlineMs.value === undefined ? {} : { deadlineMs: deadlineMs.value }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    dataDir: settings.dataDir.value,
    pythonPackages: settings.pythonPackages.value,
    unsafeHostExec: flags.unsafeHostExec ?? false,
    environment: terminal.environment,
  };
}

function policyNamed(name: string): RacePolicy {
  const policy = Object.hasOwn(POLICIES, name) ? POLICIES[name] : undefined;
  if (policy) return policy();
  throw new UsageError("policy-unknown", `There is no policy "${name}".`, {
    hint: `Take one of ${Object.keys(POLICIES).join(", ")}.`,
  });
}

function orchestratorMode(name: string): OrchestratorMode {
  const mode = orchestratorModeSchema.safeParse(name);
  if (mode.success) return mode.data;
  throw new UsageError("orchestrator-unknown", `There is no orchestrator mode "${name}".`, {
    hint: `Take one of ${orchestratorModeSchema.options.join(", ")}.`,
  });
}
