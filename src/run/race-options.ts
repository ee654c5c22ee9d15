import type { Clock } from "../base/clock.ts";
import type { LiveEvent } from "../events/live.ts";
import type { RacePolicy } from "../events/run-event.ts";
import type { LanguageModel } from "../model/model.ts";
import type { RetryPolicy } from "../model/retry-policy.ts";
import type { ModelTimeouts } from "../model/stream-watch.ts";
import type { Team } from "../team/team.ts";
import type { Tool } from "../tools/tool.ts";

export interface RaceOptions {
  /** What is asked: in words, or with files by their paths. */
  readonly task: string | { readonly prompt: string; readonly files?: readonly string[] };
  /** The teams that race; `magenticOne({ … }).times(3)` makes three. Team i is called `team-i`. */
  readonly teams: readonly Team[];
  /** Default: `firstAnswer()`. */
  readonly policy?: RacePolicy;
  /** What all teams together may spend: US dollars, tokens. When it is spent the race ends. */
  readonly budget?: { readonly usd?: number; readonly tokens?: number };
  /** Milliseconds from the start after which the race ends. */
  readonly deadlineMs?: number;
  /** Repeats the teams' chance: their models' seeds. */
  readonly seed?: string;
  /** Aborting it cancels the race: the outcome is `cancelled`. */
  readonly signal?: AbortSignal;
  /** Where runs are kept; default `M1P_DATA_DIR`, else the system's place for a program's data. */
  readonly dataDir?: string;
  /** `memory` keeps nothing on disk but the workspaces, and those only while the race runs. */
  readonly store?: "disk" | "memory";
  /** Models of your own making, found by their `id`; other references are opened by their provider. */
  readonly models?: readonly LanguageModel[];
  /** How patient model calls are; what is not given has its default. */
  readonly modelCalls?: { readonly retry?: Partial<RetryPolicy>; readonly timeouts?: Partial<ModelTimeouts> };
  /**
   * Tools of your own (`defineTool`), beside those that there are. A team has those that its description names: with
   * `functionTeam`, its option `tools`. What you give a team it may use.
   */
  readonly tools?: readonly Tool[];
  /** Packages that the teams' Python has beside numpy, pandas and scipy. */
  readonly pythonPackages?: readonly string[];
  /** Runs the teams' code on this machine WITHOUT a sandbox. */
  readonly unsafeHostExec?: boolean;
  /** Told what is never logged: text as it streams, retries that wait. */
  readonly onLive?: (event: LiveEvent) => void;
  readonly clock?: Clock;
  readonly environment?: NodeJS.ProcessEnv;
}
