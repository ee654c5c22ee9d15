import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { strict as assert } from "node:assert";
import { ROOT, runCommand, type CommandResult } from "../../../scripts/checks/command.ts";

/** The package as npm would publish it, and an empty project that has installed it. */
export interface InstalledPackage {
  readonly tarball: string;
  /** The empty project. */
  readonly folder: string;
  /** The installed package's own folder. */
  readonly root: string;
  /** Runs a program of the project's, or `node` itself, in the project. */
  run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CommandResult>;
}

const TSCONFIG = {
  compilerOptions: {
    target: "es2024",
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
  },
};

/** Builds, packs and installs, all in the folder `place`. */
export async function installPackage(place: string): Promise<InstalledPackage> {
  const folder = join(place, "project");
  mkdirSync(folder);
  await succeed("npm", ["pack", "--silent", "--pack-destination", place], ROOT);
  const name = readdirSync(place).find((file) => file.endsWith(".tgz"));
  assert.ok(name, "npm pack made a tarball");
  const tarball = join(place, name);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
  await succeed("npm", ["install", "--silent", "--prefer-offline", "--no-audit", "--no-fund", tarball], folder);
  return {
    tarball,
    folder,
    root: join(folder, "node_modules/m1-parallel"),
    run: (command, args, env = {}) => runCommand(command, args, { cwd: folder, env }),
  };
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<void> {
  const result = await runCommand(command, args, { cwd });
  assert.ok(result.succeeded, `${command} ${args.join(" ")}:\n${result.output}`);
}
