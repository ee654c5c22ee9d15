import { parseModelReference } from "../../model/model-reference.ts";
import { ownPartsOf } from "../../run/configuration/configuration.ts";
import { continueRun, fork } from "../../run/fork/fork.ts";
import type { ForkOptions } from "../../run/race-options.ts";
import { warnOfRun } from "../notices/command-warning.ts";
import { followRace } from "../telling/follow-race.ts";
import { aggregatorNamed, policyNamed } from "../flags/race-rules.ts";
import { settingsOf, tellingOf } from "../flags/settings.ts";
import type { Terminal } from "../terminal.ts";

interface ChangeFlags {
  readonly model?: string;
  readonly policy?: string;
  readonly need?: number;
  readonly aggregate?: string;
  readonly budgetUsd?: number;
  readonly budgetTokens?: number;
  readonly deadline?: number;
  readonly dataDir?: string;
  readonly json?: true;
  readonly plain?: true;
}

export interface ForkFlags extends ChangeFlags {
  readonly at: string;
  readonly all?: true;
  readonly task?: string;
  readonly instruction?: string;
}

export interface ContinueFlags extends ChangeFlags {
  readonly team?: string;
}

/** `m1p fork RUN --at PLACE`: a new run from a place in another. */
export async function forkRun(run: string, flags: ForkFlags, terminal: Terminal): Promise<number> {
  const { at, all, task, instruction } = flags;
  const options = {
    run,
    at,
    ...(await changes(flags, terminal)),
    ...(all ? { all } : {}),
    ...(task === undefined ? {} : { task }),
    ...(instruction === undefined ? {} : { instruction }),
  };
  await warnOfRun(options.dataDir, run, terminal);
  return (await followRace(({ onLive }) => fork({ ...options, onLive }), terminal, await tellingOf(flags, terminal)))
    .exitCode;
}

/** `m1p continue RUN MESSAGE`: a new run from another's end. */
export async function continueRunCommand(
  run: string,
  message: string,
  flags: ContinueFlags,
  terminal: Terminal,
): Promise<number> {
  const { team } = flags;
  const options = {
    run,
    message,
    ...(await changes(flags, terminal)),
    ...(team === undefined ? {} : { team }),
  };
  await warnOfRun(options.dataDir, run, terminal);
  return (
    await followRace(({ onLive }) => continueRun({ ...options, onLive }), terminal, await tellingOf(flags, terminal))
  ).exitCode;
}

/** A setting that holds for new runs in general is none that a person wants changed in this one. */
async function changes(
  flags: ChangeFlags,
  terminal: Terminal,
): Promise<Omit<ForkOptions, "run" | "at" | "dataDir"> & { readonly dataDir: string }> {
  const { dataDir, configuration, pacing } = await settingsOf(
    { ...(flags.dataDir === undefined ? {} : { dataDir: flags.dataDir }) },
    terminal,
  );
  const { model, policy, need, aggregate, budgetUsd, budgetTokens, deadline } = flags;
  if (model !== undefined) parseModelReference(model);
  return {
    dataDir: dataDir.value,
    pacing: pacing.value,
    environment: terminal.environment,
    ...ownPartsOf(configuration),
    ...(model === undefined ? {} : { model }),
    ...(policy === undefined && need === undefined ? {} : { policy: policyNamed(policy ?? "first-answer", need) }),
    ...(aggregate === undefined ? {} : { aggregate: aggregatorNamed(aggregate) }),
    budget: {
      ...(budgetUsd === undefined ? {} : { usd: budgetUsd }),
      ...(budgetTokens === undefined ? {} : { tokens: budgetTokens }),
    },
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
  };
}
