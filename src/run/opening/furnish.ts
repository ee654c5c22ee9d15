import type { LiveEvent } from "../../events/live.ts";
import type { EventOf, TeamDescription } from "../../events/run-event.ts";
import { eventOf } from "../../log/event-at.ts";
import type { BlobStore, RunLog } from "../../log/run-log.ts";
import { RetryingModelExecutor } from "../../model/model-executor.ts";
import { Replay } from "../../steps/replay.ts";
import { StepDoor } from "../../steps/step-door.ts";
import type { AnswerForm } from "../../team/answer-form.ts";
import type { VisibleFile } from "../../team/team.ts";
import { emptySnapshot } from "../../tools/workspace/manifest.ts";
import { ToolBox } from "../../tools/tool-box.ts";
import { Workspace } from "../../tools/workspace/workspace.ts";
import type { LineUp } from "../line-up/line-up.ts";
import { openPacer } from "./open-pacer.ts";
import type { FurnishRequest } from "../engine/race-engine.ts";
import type { RunSite } from "./race-plan.ts";
import type { TeamQuarters } from "../engine/team-host.ts";
import type { ToolKit } from "./tool-kit.ts";

/** What a run does with a team's folder. */
export type TeamFolder = Pick<Workspace, "snapshot" | "restore" | "place">;

/** What teams are furnished from. */
export interface Furnishings {
  readonly site: RunSite;
  readonly log: RunLog;
  readonly start: EventOf<"run-started">;
  readonly lineUp: LineUp;
  readonly toolKit: ToolKit;
  /** The form in which the task wants its answer. */
  readonly form: AnswerForm | undefined;
  /** What executes the teams' model calls. */
  readonly models: RetryingModelExecutor;
  readonly live: (event: LiveEvent) => void;
}

/** Makes each team's folder and door: a new one's, or a resumed one's as its log has it. */
export function furnisher(furnishings: Furnishings): (request: FurnishRequest) => Promise<TeamQuarters> {
  const { site, log, lineUp, start, form, models } = furnishings;
  return async (request) => {
    const workspace = await Workspace.open({ runDirectory: site.directory, team: request.team });
    const files = await fillFolder(workspace, { blobs: log.blobs, start }, request);
    const description = start.teams.find((each) => each.team === request.team);
    const door = doorOf(furnishings, request, { workspace, models, description });
    const abilities = description?.abilities ?? lineUp.modelOf(request.team)?.abilities;
    return {
      door,
      task: { prompt: start.task.prompt, files, ...(form ? { answer: form } : {}) },
      abilities,
      workspace,
    };
  };
}

/** What executes the model calls of a run. */
export function modelExecutor(site: RunSite, lineUp: LineUp, log: RunLog): RetryingModelExecutor {
  const { clock, modelCalls } = site;
  const models = (reference: string) => lineUp.model(reference);
  const imageBytes = (blob: string) => log.blobs.get(blob);
  return new RetryingModelExecutor({ models, clock, pacer: openPacer(site), imageBytes, ...modelCalls });
}

/** Whether anything is, or may come to be, in a team's folder. */
function usesFolder({ teams, task, workdir }: EventOf<"run-started">, team: string): boolean {
  const tools = teams.find((each) => each.team === team)?.tools ?? [];
  return tools.length > 0 || task.files.length > 0 || workdir !== undefined;
}

/**
 * Puts into a team's folder what belongs there: a resumed team's is as its log has it last, a new one's has the
 * person's folder and the task's files in it. Gives the task's files.
 */
export async function fillFolder(
  folder: TeamFolder,
  { blobs, start }: { readonly blobs: BlobStore; readonly start: EventOf<"run-started"> },
  { team, past, writer, signal }: Pick<FurnishRequest, "team" | "past" | "writer" | "signal">,
): Promise<readonly VisibleFile[]> {
  if (past?.snapshot !== undefined) {
    await folder.restore(blobs, past.snapshot, { signal });
    return past.files;
  }
  if (!usesFolder(start, team)) return [];
  // What a process that died here may have left is made what it was to be.
  await folder.restore(blobs, start.workdir?.snapshot ?? (await emptySnapshot(blobs)), { signal });
  const files: VisibleFile[] = [];
  for (const { name, blob } of start.task.files) {
    files.push(...(await folder.place([{ name, bytes: await blobs.get(blob) }])));
  }
  const { id: snapshot } = await folder.snapshot(blobs, { signal });
  // One that was stopped meanwhile has had its last event.
  signal.throwIfAborted();
  await writer.append([{ type: "workspace-opened", snapshot, files }]);
  return files;
}

interface Parts {
  readonly workspace: Workspace;
  readonly models: RetryingModelExecutor;
  readonly description: TeamDescription | undefined;
}

function doorOf(
  { site, log, start, lineUp, toolKit, live }: Furnishings,
  request: FurnishRequest,
  parts: Parts,
): StepDoor {
  const { clock } = site;
  const { team, writer, signal, past, judge, fault, effects, takeInputs } = request;
  const { workspace, models, description } = parts;
  const read = (seq: number) => eventOf(log, seq);
  return new StepDoor({
    team,
    writer,
    clock,
    seed: start.seed,
    signal,
    models,
    tools: new ToolBox({
      tools: toolKit.toolsOf(description?.tools ?? []),
      workspace,
      clock,
      keep: (bytes) => log.blobs.put(bytes),
    }),
    defaults: {
      model: lineUp.modelOf(team)?.id ?? "none",
      ...(description?.temperature === undefined ? {} : { temperature: description.temperature }),
      ...(description?.seed === undefined ? {} : { seed: description.seed }),
    },
    ...(description?.before ? { before: { seq: start.origin?.copied ?? 0, defaults: description.before } } : {}),
    live,
    ...(past ? { replay: new Replay({ past, read, clock, signal }) } : {}),
    snapshot: async () => (await workspace.snapshot(log.blobs, { signal })).id,
    takeInputs,
    effects,
    ...(judge ? { judge } : {}),
    onFault: fault,
  });
}
