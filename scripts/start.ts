import { fileURLToPath } from "node:url";
import { demo, readDemoQuestion } from "../src/cli/demo.ts";
import { guarded, main } from "../src/cli/main.ts";
import { processTerminal } from "../src/cli/terminal.ts";
import { goWhereNpmWasCalled } from "./from-where.ts";

// `npm start` races the example; `npm start -- "my question" -f my.csv` is `m1p solve` with the same words.
goWhereNpmWasCalled();
const argv = process.argv.slice(2);
const terminal = processTerminal();
const example = fileURLToPath(new URL("../examples/question.json", import.meta.url));
process.exitCode =
  argv.length > 0
    ? await main(["solve", ...argv], terminal)
    : await guarded(terminal, () => demo(readDemoQuestion(example), terminal));
