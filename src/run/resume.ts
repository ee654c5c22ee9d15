import { toError, UsageError } from "../base/errors.ts";
import { FORMAT_VERSION, type EventOf, type LoggedEvent } from "../events/run-event.ts";
import { beginningOf } from "../log/event-at.ts";
import type { RunLog } from "../log/run-log.ts";
import { PROMPT_VERSION } from "../team/magentic-one/prompts/prompt-version.ts";
import { killLeftovers } from "../tools/command/command-mark.ts";
import { ENGINE_VERSION } from "./engine-version.ts";
import { openAnswerForm } from "../answers/forms/open-answer-form.ts";
import { findRun } from "./kept-runs/find-run.ts";
import { namedTeams, openLineUp } from "./line-up/line-up.ts";
import { reopenAcceptance } from "./judging/open-acceptance.ts";
import { withAggregator } from "./aggregation/open-aggregator.ts";
import { openEngine } from "./opening/open-engine.ts";
import type { RaceEngine } from "./engine/race-engine.ts";
import type { ResumeOptions } from "./race-options.ts";
import { dataDirOf, followLog, holdRun, siteOf, type RunSite } from "./opening/race-plan.ts";
import { type PreparedRace, type Race, raceOf } from "./race.ts";
import { RunPast } from "./engine/run-past.ts";
import { teamsFromLog } from "./line-up/teams-from-log.ts";
import { openToolKit } from "./opening/tool-kit.ts";

/**
 * Goes on with a run whose process ended: what its log has comes back, in log order, and nothing of it is
 * done again; steps that were cut off are done again by their effect (promises S1 to S4). A run that has
 * ended is told again. Its `result` rejects with `UsageError` where it cannot go on here: `run-unknown`,
 * `run-busy` (another process works on it), `teams-needed`, `log-newer`, `log-damaged`.
 */
export function resume(options: ResumeOptions): Race {
  const site = siteOf(options, findRun(dataDirOf(options), options.run));
  return raceOf(site, () => prepareResume(site, options));
}

/** Opens all that going on with a run needs; it then belongs to this process. */
export async function prepareResume(site: RunSite, options: ResumeOptions): Promise<PreparedRace> {
  holdRun(site);
  await killLeftovers(site.directory, site.clock);
  const log = followLog(site, site.store.open(site, "write"));
  const start = firstEvent(log);
  const engine = await engineOf(site, log, start, options);
  return { engine, begin: () => engine.resume(resumed()) };
}

async function engineOf(
  site: RunSite,
  log: RunLog,
  start: EventOf<"run-started">,
  options: ResumeOptions,
): Promise<RaceEngine> {
  const past = new RunPast();
  const { onPast } = options;
  past.recall(log, onPast && ((event) => tellPast(site, onPast, event)));
  const living = new Set(start.teams.map(({ team }) => team).filter((team) => past.isLiving(team)));
  const teams = options.teams ? namedTeams(options.teams) : teamsFromLog(start.teams, living, options);
  const descriptions = start.teams.filter(({ team }) => living.has(team));
  const references = descriptions.flatMap(({ team, models: [model] }) => (model ? [[team, model] as const] : []));
  const asked = past.decided ? new Map(references) : withAggregator(new Map(references), start.aggregate);
  const lineUp = await openLineUp(site, teams, asked);
  const programs = start.programs ?? { pythonPackages: [], unsafeHostExec: false };
  const toolKit = await openToolKit(site, programs, descriptions);
  const { acceptance } = start;
  const opened = acceptance ? await reopenAcceptance(acceptance, options.accept, site, programs) : undefined;
  const form = await openAnswerForm(start.task.answer);
  const judging = { form, schema: options.schema, accept: opened?.accept(log.blobs) };
  return openEngine({ site, log, start, teams, lineUp, toolKit, ...judging, past });
}

/** What it throws is the listener's fault, and ends nothing. */
function tellPast({ stream }: RunSite, onPast: (event: LoggedEvent) => void, event: LoggedEvent): void {
  stream.skip(event.seq);
  try {
    onPast(event);
  } catch (error) {
    process.emitWarning(toError(error));
  }
}

function firstEvent(log: RunLog): EventOf<"run-started"> {
  const start = beginningOf(log);
  if (start) return start;
  throw new UsageError("run-unknown", `The run ${log.runId} was killed before it began: there is nothing to resume.`, {
    hint: "Start it anew with m1p solve; m1p runs rm removes what is left of it.",
  });
}

function resumed(): EventOf<"run-resumed"> {
  return {
    type: "run-resumed",
    formatVersion: FORMAT_VERSION,
    engineVersion: ENGINE_VERSION,
    promptVersion: PROMPT_VERSION,
  };
}
