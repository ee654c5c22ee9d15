// A thread of the process that parses one file: the other thread watches it.
import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { M1Error } from "../../base/errors.ts";
import { plainText } from "../sandbox/terminal-text.ts";
import type { ParserInput } from "./document.ts";
import { parseFile } from "./parsers/parse-file.ts";
import { readDescriptor } from "./read-descriptor.ts";

const input = workerData as ParserInput;
// Of pdf.js some promises are nobody's: what was asked for is heard of all the same, or the thread just ends.
process.on("unhandledRejection", () => {});
answer(await parsed());

/** To the thread that watches; lint takes the port for a browser's window. */
function answer(value: object): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(value);
}

async function parsed(): Promise<object> {
  try {
    const document = await parseFile(input);
    return { document: { ...document, sections: document.sections.map(plain) }, hash: hashOf() };
  } catch (error) {
    if (error instanceof M1Error) return { problem: { code: error.code, message: error.message } };
    const text = error instanceof Error ? error.message : String(error);
    return { problem: { code: "document-damaged", message: `can't be parsed: ${short(text)}` } };
  }
}

function plain<Section extends { readonly text: string }>(section: Section): Section {
  return { ...section, text: plainText(section.text) };
}

/** Of what was read: the file may have been changed since its hash was taken. */
function hashOf(): string {
  try {
    return createHash("sha256").update(readDescriptor(input)).digest("hex");
  } catch {
    return "";
  }
}

function short(text: string): string {
  return plainText(text).replaceAll(/\s+/g, " ").trim().slice(0, 160);
}
