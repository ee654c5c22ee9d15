import type { Command } from "commander";
import type { InitFlags } from "../commands/init.ts";
import type { SetupFlags } from "../commands/setup.ts";
import { collect } from "../flags/option-values.ts";
import type { Terminal } from "../terminal.ts";

/** The commands about this machine: `models`, `setup`, `init`, `doctor`. */
export function addMachine(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command("models")
    .description("list the models that can be used here, and which one is taken without -m")
    .action(async () => exit(await (await import("../commands/models.ts")).listModels(terminal)));
  program
    .command("setup")
    .description("fetch what is missing: the sandbox, the teams' Python, a local model; says first what it will do")
    .option("--model <name>", "this local model instead of the default one; repeat for more", collect)
    .option("--no-models", "no local model")
    .option("--for-tests", "also what the project's own tests run on")
    .action(async (flags: SetupFlags) => exit(await (await import("../commands/setup.ts")).setup(flags, terminal)));
  program
    .command("init")
    .description("write m1p.config.ts for what is on this machine, with a comment for each setting")
    .option("--force", "in place of the one that is there")
    .action(async (flags: InitFlags) => exit(await (await import("../commands/init.ts")).init(flags, terminal)));
  program
    .command("doctor")
    .description("check this machine, and show the configuration that holds and where it comes from")
    .action(async () => exit(await (await import("../commands/doctor.ts")).doctor(terminal)));
}
