/**
 * `npm run reference`: writes docs/reference from the docs comments of what the package exports, and exports.txt, the
 * names that are promised. With --check nothing is written: it fails where they are not what the source says.
 */
import { parseArgs } from "node:util";
import { checkReference, writeReference } from "./checks/reference.ts";

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
const { succeeded, output } = values.check === true ? await checkReference() : await writeReference();
if (output !== "") console.log(output);
process.exitCode = succeeded ? 0 : 1;
