// node disk.ts PEER VARIANT STEPS ROOT FOLDER: bytes on disk of one loop of STEPS model calls.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { openAdapter } from "../peers/adapter.ts";
import { argument, tell } from "./argument.ts";

const [peer, variant, steps, root, folder] = [argument(0), argument(1), Number(argument(2)), argument(3), argument(4)];
const { make } = await openAdapter(peer);
// A database is a file in the folder, a data directory the folder itself.
const file = peer === "m1-parallel" ? folder : join(folder, "checkpoints.db");
await make(`${root}/n${steps}/d0/v1`, steps, variant, { file })({});
const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const bytes = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
tell({ bytesAStep: bytes / steps });
process.exit(0);
