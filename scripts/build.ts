// Makes dist/: the sources as JavaScript and types, and the data files beside them.
import { cpSync, chmodSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, runCommand } from "./checks/command.ts";

const source = join(ROOT, "src");
const target = join(ROOT, "dist");
// Built aside and put in place at once: nobody meets half a build.
const fresh = join(ROOT, "node_modules", `.dist-${process.pid}`);

try {
  const compiled = await runCommand("tsc", ["-p", "tsconfig.build.json", "--outDir", fresh]);
  process.stderr.write(compiled.output);
  if (compiled.succeeded) finish();
  else process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function finish(): void {
  for (const file of readdirSync(source, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (file.isFile() && !file.name.endsWith(".ts")) cpSync(path, join(fresh, path.slice(source.length)));
  }
  chmodSync(join(fresh, "cli", "m1p.js"), 0o755);
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}
