/** The members' names, in conversations, keys and events. */
export const ORCHESTRATOR = "Orchestrator";
export const CODER = "Coder";
export const COMPUTER_TERMINAL = "ComputerTerminal";
export const FILE_SURFER = "FileSurfer";
/**
 * What models call members that are not named so here: the reference implementation's Coder is
 * "Assistant" in the transcripts that models have learned from.
 */
export const ALSO_CALLED: ReadonlyMap<string, string> = new Map([
  ["assistant", CODER],
  ["executor", COMPUTER_TERMINAL],
]);
/** The speaker of the task ledger: nobody's own words, so that every model reads it as given. */
export const TASK_LEDGER = "Task ledger";
/** Reads out what was left out of the conversation; speaks only once something was. */
export const ARCHIVE = "Archive";
/** A person who says something to a team at work. */
export const USER = "User";
/** The run, where it tells its teams something. */
export const RUN = "Run";
