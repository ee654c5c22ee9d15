import type { Command } from "commander";
import type { DecideFlags } from "../commands/decide.ts";
import type { Terminal } from "../terminal.ts";
import { DATA_DIR } from "./shared-options.ts";

/** The commands by which a person decides what runs ask: `approvals`, `approve`, `deny`. */
export function addDeciding(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  const run = ["--run <run>", "the run that asks, where several ask the same"] as const;
  const decide = async (ids: readonly string[], approved: boolean, flags: DecideFlags) =>
    exit(await (await import("../commands/decide.ts")).decide(ids, approved, flags, terminal));
  program
    .command("approvals")
    .description("list what runs ask a person, what each decision means and how to give it")
    .option(...DATA_DIR)
    .option("--json", "one question a line")
    .action(async (flags: { dataDir?: string; json?: true }) =>
      exit(await (await import("../commands/approvals.ts")).listApprovals(flags, terminal)),
    );
  program
    .command("approve")
    .description("decide that what is in doubt is done again (or, with --done, that it was done)")
    .argument("<id...>", "ids of questions, as m1p approvals lists them")
    .option("--done <text>", "it was done, and this is what it answered")
    .option(...run)
    .option(...DATA_DIR)
    .action(async (ids: readonly string[], flags: DecideFlags) => await decide(ids, true, flags));
  program
    .command("deny")
    .description("decide that what is in doubt is not repeated")
    .argument("<id...>", "ids of questions, as m1p approvals lists them")
    .option(...run)
    .option(...DATA_DIR)
    .action(async (ids: readonly string[], flags: DecideFlags) => await decide(ids, false, flags));
}
