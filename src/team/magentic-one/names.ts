/** The members' names, in conversations, keys and events. */
export const ORCHESTRATOR = "Orchestrator";
export const CODER = "Coder";
export const COMPUTER_TERMINAL = "ComputerTerminal";
export const FILE_SURFER = "FileSurfer";
/** The speaker of the task ledger: nobody's own words, so that every model reads it as given. */
export const TASK_LEDGER = "Task ledger";
