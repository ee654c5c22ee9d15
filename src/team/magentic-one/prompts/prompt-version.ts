/**
 * The version of all prompts in this folder. A run's log names it: a change of any word here is a
 * change of version, since a resumed run must ask what the first one asked (promise S4).
 */
export const PROMPT_VERSION = "4";
