/** Options that mean the same wherever they are: `command.option(...DATA_DIR)`. */
export const DATA_DIR = ["--data-dir <path>", "where runs are kept"] as const;
export const JSON_LINES = ["--json", "one event a line on standard output"] as const;
export const PLAIN = ["--plain", "plain lines on a terminal, too, as for screen readers"] as const;
