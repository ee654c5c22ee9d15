import type { Clock } from "../base/clock.ts";
import type { AcceptanceVerdict } from "../events/input.ts";
import type { LiveEvent } from "../events/live.ts";
import type { LoggedEvent, RacePolicy } from "../events/run-event.ts";
import type { LanguageModel } from "../model/model.ts";
import type { RetryPolicy } from "../model/retry-policy.ts";
import type { PacingLimits } from "../model/pacing/own-limits.ts";
import type { ModelTimeouts } from "../model/stream-watch.ts";
import type { Agent } from "../team/magentic-one/agent.ts";
import type { Team } from "../team/team.ts";
import type { Candidate } from "./judging/answer-judge.ts";
import type { Aggregator } from "../answers/aggregators.ts";
import type { AnswerOptions, AnswerSchema } from "../answers/answer-kind.ts";
import type { CommandAcceptance } from "../answers/acceptance.ts";
import type { RunStore } from "./opening/run-store.ts";
import type { Tool } from "../tools/tool.ts";

/** What a process that works on a run brings along: none of it is in the log. */
export interface RunOptions {
  /** Aborting it cancels the race: the outcome is `cancelled`. */
  readonly signal?: AbortSignal;
  /** Where runs are kept; default `M1P_DATA_DIR`, else the system's place for a program's data. */
  readonly dataDir?: string;
  /** `memory` keeps nothing on disk but the workspaces, and those only while the race runs. Default: `disk`. */
  readonly store?: "disk" | "memory" | RunStore;
  /** Models of your own making, found by their `id`; other references are opened by their provider. */
  readonly models?: readonly LanguageModel[];
  /**
   * Tools of your own (`defineTool`), beside those that there are. A team has those that its description names: with
   * `functionTeam`, its option `tools`. What you give a team it may use.
   */
  readonly tools?: readonly Tool[];
  /** How patient model calls are; what is not given has its default. */
  readonly modelCalls?: { readonly retry?: Partial<RetryPolicy>; readonly timeouts?: Partial<ModelTimeouts> };
  /**
   * Your own limits a provider (`openai`, or an endpoint's address), over all runs of the data directory. What a
   * provider announces or shows by refusing holds beside them.
   */
  readonly pacing?: PacingLimits;
  /** Told what is never logged: text as it streams, retries that wait. */
  readonly onLive?: (event: LiveEvent) => void;
  readonly clock?: Clock;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Says whether an answer may end the race. What it throws defers. */
export type AcceptFunction = (candidate: Candidate) => Promise<AcceptanceVerdict>;

/** A race: the task, the teams, and what ends it. */
export interface RaceOptions<Value = unknown> extends RunOptions, AnswerOptions<Value> {
  /** What is asked: in words, or with files by their paths. */
  readonly task: string | { readonly prompt: string; readonly files?: readonly string[] };
  /** The teams that race; `magenticOne({ … }).times(3)` makes three. Team i is called `team-i`. */
  readonly teams: readonly Team[];
  /** Default: `firstAnswer()`; with an aggregator of several answers `all()`. */
  readonly policy?: RacePolicy;
  /**
   * How one answer is made of several: `first()`, `vote()`, `llm({ model })`. Default: the vote, where there are
   * several.
   */
  readonly aggregate?: Aggregator;
  /** What all teams together may spend: US dollars, tokens. When it is spent the race ends. */
  readonly budget?: { readonly usd?: number; readonly tokens?: number };
  /** Milliseconds of work after which the race ends; time in which no process worked on the run does not count. */
  readonly deadlineMs?: number;
  /** Repeats the teams' chance: their models' seeds. */
  readonly seed?: string;
  /**
   * A folder that every team's own begins as: all of it, `.git` and ignored files too. It is read once, and
   * nothing in it is changed before `applyRun`.
   */
  readonly workdir?: string;
  /**
   * Only an answer that it accepts ends the race, `commandAcceptance("npm test")` say. Default: every real answer does.
   */
  readonly accept?: AcceptFunction | CommandAcceptance;
  /** Packages that the teams' Python has beside numpy, pandas and scipy. */
  readonly pythonPackages?: readonly string[];
  /** Runs the teams' code on this machine WITHOUT a sandbox. */
  readonly unsafeHostExec?: boolean;
}

/** What a run is made again from where its log is not enough. */
export interface ReopenOptions extends RunOptions {
  /** The run's id, the beginning of it, or `last`. */
  readonly run: string;
  /**
   * The teams, in the order of the line-up, where they are functions of a program: the log has what they did,
   * not what they are. Teams that can be made from the log need not be given.
   */
  readonly teams?: readonly Team[];
  /** Agents of your own that Magentic-One teams of the run have, found by their names. */
  readonly agents?: readonly Agent[];
  /**
   * Teams that are functions of a program, found by their names (`functionTeam`'s first argument) instead of their
   * order.
   */
  readonly ownTeams?: readonly Team[];
  /** The acceptance, where it is a function of a program. */
  readonly accept?: AcceptFunction;
  /**
   * The schema of the answer, where it is zod's and says more than the log's JSON schema can: refinements, transforms.
   */
  readonly schema?: AnswerSchema;
}

/** What `resume` takes. */
export interface ResumeOptions extends ReopenOptions {
  /**
   * Told each event that the log has already, in log order, while the log is read and before anything new is done;
   * the race's `events` then begin behind them.
   */
  readonly onPast?: (event: LoggedEvent) => void;
}

/** What of a new run that begins with another's events may be another than there. */
interface ChangeOptions extends ReopenOptions {
  /** The model of the teams from here on. Default: what each had. */
  readonly model?: string;
  readonly policy?: RacePolicy;
  /** Default: as the other run's. */
  readonly aggregate?: Aggregator;
  /** What the new run may spend, beyond what its first events record. Default: as the other run. */
  readonly budget?: { readonly usd?: number; readonly tokens?: number };
  readonly deadlineMs?: number;
}

/** Where a run is forked, and what is another from there on. */
export interface ForkOptions extends ChangeOptions {
  /** The key of the step that is done anew (`team-2/Coder/17`), or the number of the first event that is not taken. */
  readonly at: string;
  /** Takes the other teams along, cut at the same place. Default: the step's team alone. */
  readonly all?: boolean;
  /** What is asked from here on. Before the teams' first step it replaces the task, else they are told. */
  readonly task?: string;
  /** Words of a person for the teams, which they take at their next turn. */
  readonly instruction?: string;
}

/** What is said to a run that has ended, and what is another from there on. */
export interface ContinueOptions extends ChangeOptions {
  /** A correction or a follow-up question. */
  readonly message: string;
  /** Who goes on. Default: the team whose answer was taken; where there was none, all. */
  readonly team?: string;
}
