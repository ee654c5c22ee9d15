import type { Command } from "commander";
import type { ApplyFlags } from "../commands/apply.ts";
import type { Terminal } from "../terminal.ts";
import { DATA_DIR } from "./shared-options.ts";

/** `m1p apply`. */
export function addApplying(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command("apply")
    .description("bring what the winner did into your folder, merged with what you did since")
    .argument("<run>", "its id, the beginning of it, or 'last'")
    .option(...DATA_DIR)
    .option("--team <team>", "what this team did instead of the winner")
    .option("--to <folder>", "into this folder instead of the one that the run started from")
    .option("--json", "what was done, as JSON")
    .addHelpText("after", APPLY_HELP)
    .action(async (run: string, flags: ApplyFlags) =>
      exit(await (await import("../commands/apply.ts")).apply(run, flags, terminal)),
    );
}

const APPLY_HELP = `
Conflicts are left as git leaves them: marked in the files and, in a git
repository, unmerged in the index (git status). Files with changes of yours that
are not committed are never merged over: all are named, and nothing is applied.

Exit codes: 0 applied, 2 not applied and why, 7 applied with conflicts that you
have to settle.
`;
