// Completes package-lock.json after an `npm install` that left packages of other platforms out.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./checks/command.ts";
import { completed } from "./checks/lock-file.ts";

const path = join(ROOT, "package-lock.json");
writeFileSync(path, completed(readFileSync(path, "utf8")));
