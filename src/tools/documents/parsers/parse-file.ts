import { readSync } from "node:fs";
import { readBounded, openZip, type ZipFolder } from "./zip-folder.ts";
import type { ParsedDocument, ParserInput } from "../document.ts";
import { documentFormat } from "../document-format.ts";
import { DocumentProblem } from "../document-problem.ts";
import { MOST_CHARACTERS } from "../parse-limits.ts";
import { readDescriptor } from "../read-descriptor.ts";
import { fileKind } from "../../files/file-kind.ts";
import { archiveList, MOST_MEMBER_BYTES } from "./archive.ts";
import { decodeText } from "./decode-text.ts";
import { fileStream } from "./file-stream.ts";
import { parseHtml } from "./html.ts";
import { parseImage } from "./image.ts";
import { parseJson } from "./json.ts";
import { parsePdf } from "./pdf.ts";
import { parseSlides } from "./slides.ts";
import { readTar } from "./tar-folder.ts";
import { parseWord } from "./word.ts";
import { parseWorkbook, type WorkbookKind } from "./workbook.ts";
import { createGunzip } from "node:zlib";

/**
 * Parses a file by its format: the one place that knows which parser reads what. Runs in a process of its own, since
 * a hostile file may cost any amount of time and memory. Throws `DocumentProblem`, or whatever a parser throws.
 */
export async function parseFile(input: ParserInput): Promise<ParsedDocument> {
  const document = await parsers[input.format](input);
  if (input.part === undefined || isArchive(document)) return document;
  throw new DocumentProblem("part-missing", "has no members that could be named");
}

const parsers: Readonly<Record<ParserInput["format"], (input: ParserInput) => Promise<ParsedDocument>>> = {
  pdf: async (input) => parsePdf(readDescriptor(input)),
  html: async (input) => parseHtml(readDescriptor(input)),
  json: async (input) => parseJson(readDescriptor(input)),
  image: async (input) => parseImage(readDescriptor(input)),
  office: async (input) => parseOldOffice(readDescriptor(input)),
  zip: parseZip,
  tar: (input) => parseTar(input, false),
  gzip: parseGzip,
};

/** What was read out of an archive is marked, so that a part of anything else can be refused. */
const fromArchives = new WeakSet<ParsedDocument>();

function isArchive(document: ParsedDocument): boolean {
  return fromArchives.has(document);
}

function ofArchive(document: ParsedDocument): ParsedDocument {
  fromArchives.add(document);
  return document;
}

async function parseZip(input: ParserInput): Promise<ParsedDocument> {
  const zip = await openZip(input.descriptor);
  if (input.part !== undefined) {
    return ofArchive(await parseMember(input.part, await zip.read(input.part, MOST_MEMBER_BYTES)));
  }
  const kind = await officeKind(zip);
  if (kind === "docx") return await parseWord(readDescriptor(input));
  if (kind === "pptx") return await parseSlides(zip);
  if (kind !== undefined) return await parseWorkbook(readDescriptor(input), kind);
  return archiveList("a ZIP archive", zip.entries, zip.cut);
}

/** What kind of office file a ZIP file is, by the members that make it one. */
async function officeKind(zip: ZipFolder): Promise<WorkbookKind | "docx" | "pptx" | undefined> {
  const names = new Set(zip.entries.map((entry) => entry.name));
  if (names.has("word/document.xml")) return "docx";
  if (names.has("xl/workbook.xml")) return "xlsx";
  if (names.has("xl/workbook.bin")) return "xlsb";
  if (names.has("ppt/presentation.xml")) return "pptx";
  if (zip.entries[0]?.name !== "mimetype") return undefined;
  const type = new TextDecoder().decode(await zip.read("mimetype", 1_024));
  return type.startsWith("application/vnd.oasis.opendocument.spreadsheet") ? "ods" : undefined;
}

async function parseTar(input: ParserInput, gzipped: boolean): Promise<ParsedDocument> {
  const { descriptor, part } = input;
  const asked = part === undefined ? {} : { member: part };
  const found = await readTar({ descriptor, gzipped, mostBytes: MOST_MEMBER_BYTES, ...asked });
  if (part === undefined) return archiveList("a tar archive", found.entries, found.cut);
  if (found.member) return ofArchive(await parseMember(part, found.member));
  throw new DocumentProblem("part-missing", `has no member ${JSON.stringify(part.slice(0, 200))}`);
}

/** A gzip file is a tar archive, or one packed file. */
async function parseGzip(input: ParserInput): Promise<ParsedDocument> {
  const start = await unpackedStart(input.descriptor);
  if (documentFormat(start, "") === "tar") return await parseTar(input, true);
  const bytes = await readBounded(fileStream(input.descriptor, true), MOST_MEMBER_BYTES);
  return await parseMember(input.name.replace(/\.gz$/i, ""), bytes);
}

async function unpackedStart(descriptor: number): Promise<Buffer> {
  const sample = Buffer.alloc(16 * 1024);
  const read = readSync(descriptor, sample, 0, sample.length, 0);
  const unzip = createGunzip();
  unzip.end(sample.subarray(0, read));
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of unzip) {
      chunks.push(chunk as Buffer);
      if (chunks.length > 0 && Buffer.concat(chunks).length >= 512) break;
    }
  } catch {
    // The sample ends within the stream: what came before is what is wanted.
  }
  return Buffer.concat(chunks);
}

/** A member by what it is; an archive within an archive is not gone into. */
async function parseMember(name: string, bytes: Uint8Array): Promise<ParsedDocument> {
  const sample = Buffer.from(bytes.subarray(0, 64 * 1024));
  const format = documentFormat(sample, name);
  if (format === "pdf") return await parsePdf(Uint8Array.from(bytes));
  if (format === "html") return await parseHtml(bytes);
  if (format === "json") return await parseJson(bytes);
  if (format === "office") return await parseOldOffice(bytes);
  if (format === undefined) return textMember(bytes, sample);
  const kind = fileKind(sample, sample.length === bytes.length);
  const what = kind.kind === "binary" ? kind.name : "a file";
  throw new DocumentProblem("document-unsupported", `is ${what} within an archive: unpack it with the terminal first`);
}

function textMember(bytes: Uint8Array, sample: Buffer): ParsedDocument {
  const kind = fileKind(sample, sample.length === bytes.length);
  if (kind.kind === "binary") throw new DocumentProblem("document-unsupported", `is ${kind.name}`);
  const text = decodeText(bytes);
  const notes = text.length > MOST_CHARACTERS ? ["Only its beginning is shown."] : [];
  return {
    title: `text (${bytes.byteLength.toLocaleString("en")} bytes unpacked)`,
    sections: [{ name: "", text: text.slice(0, MOST_CHARACTERS) }],
    notes,
    facts: {},
    paged: false,
  };
}

/** Old Office files, and new ones that are encrypted, are compound files: their streams' names tell which. */
async function parseOldOffice(bytes: Uint8Array): Promise<ParsedDocument> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const holds = (name: string) => text.includes(Buffer.from(name, "utf16le"));
  if (holds("EncryptedPackage")) throw new DocumentProblem("document-encrypted", "is protected by a password");
  if (holds("Workbook") || holds("Book")) return await parseWorkbook(bytes, "xls");
  const what = holds("WordDocument") ? "an older Word document (.doc)" : "an older Office document";
  throw new DocumentProblem("document-unsupported", `is ${what}: it can't be read; save it in a newer format`);
}
