import type { Knows } from "../../examples/tickets/ticket-system.ts";
import type { RaceOptions } from "../../src/index.ts";

/** Where a scenario's race finds its other sides. */
export interface Place {
  /** A reference of a model of its own for each team, by its number from 0 on. */
  readonly model: (team: number) => string;
  /** The address of the ticket system, which knows what the scenario says. */
  readonly tickets: string;
}

/** A race that is killed and resumed; the process that runs it and the one that judges it both know it by its name. */
export interface Scenario {
  readonly name: string;
  /** What is in it, in a few words, for the table. */
  readonly about: string;
  /** How many teams race. */
  readonly teams: number;
  /** Whether a model makes one answer of several: its reference is that of the team after the last. */
  readonly aggregates?: boolean;
  /** How many calls a team has under way at once. */
  readonly atOnce: number;
  /** What the ticket system does about calls that come twice. */
  readonly knows: Knows;
  /** Titles of tickets on whose first call the ticket system breaks after it has opened them. */
  readonly breaksOn?: readonly string[];
  /** What the scripted model plays, beside its answers to plain questions. */
  readonly model?: object;
  /**
   * Whether there is one course that every process takes, however often it is killed: then outcome, tickets, steps
   * and recorded usage must be those of a run that was never killed.
   */
  readonly course: "one" | "one-winner" | "several";
  readonly race: (place: Place) => Pick<RaceOptions, "task" | "teams"> & Partial<RaceOptions>;
}

/** Where a process kills itself, or is killed by the ticket system. */
export type Kill =
  | { readonly at: "write"; readonly number: number; readonly moment: "before" | "after" }
  /** At the so-manieth piece of output or text that is shown live. */
  | { readonly at: "live"; readonly number: number }
  /** At the so-manieth call that the ticket system gets, before it opens the ticket or before it tells so. */
  | { readonly at: "ticket"; readonly number: number; readonly moment: "opening" | "telling" };

/** What a process of a crash case is told to do. */
export interface Orders {
  readonly scenario: string;
  readonly act: "start" | "resume";
  readonly dataDir: string;
  readonly modelApi: string;
  readonly tickets: string;
  readonly kill?: Kill;
}

/** What such a process says in the end, where it comes to one. */
export type Said =
  | { readonly kind: "ended"; readonly outcome: string; readonly answer: string | null; readonly effects: string }
  | { readonly kind: "waiting"; readonly questions: readonly string[] }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly hint?: string };
