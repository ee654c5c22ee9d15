import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { main } from "../src/cli/main.ts";
import { demo } from "../src/cli/demo.ts";

// `npm start` races the example; `npm start -- "my question" -f my.csv` is `m1p solve` with the same words.
const example = z
  .object({ question: z.string(), file: z.string(), answer: z.string(), tolerance: z.number() })
  .parse(JSON.parse(readFileSync(new URL("../examples/question.json", import.meta.url), "utf8")));

const argv = process.argv.slice(2);
const hasTask = argv.length > 0;
process.exitCode = hasTask
  ? await main(["solve", ...argv])
  : await demo({ ...example, file: fileURLToPath(new URL(`../examples/${example.file}`, import.meta.url)) });
