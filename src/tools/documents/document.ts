import { z } from "zod";

/** What can be parsed. `archive` is what is read of a ZIP, tar or gzip file: its list, or one member. */
export const documentFormatSchema = z.enum(["pdf", "zip", "office", "html", "json", "gzip", "tar", "image"]);
export type DocumentFormat = z.infer<typeof documentFormatSchema>;

const sectionSchema = z.object({
  /** What it is within its file: `page 3`, `sheet "Sales"`; empty where the file has no parts. */
  name: z.string(),
  /** Markdown; of a sheet CSV. */
  text: z.string(),
  /** Lines at the beginning that are said again where the section goes on on another page: a table's head. */
  head: z.string().optional(),
});
export type DocumentSection = z.infer<typeof sectionSchema>;

/** What a parser makes of a file's bytes. */
export const parsedDocumentSchema = z.object({
  /** In words, after "is": `a PDF document of 17 pages`. */
  title: z.string(),
  sections: z.array(sectionSchema),
  /** What a reader should know: that something was left out, say. One sentence each. */
  notes: z.array(z.string()),
  /** Metadata, and what rules may go by. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** True where a section is never split or joined by size: a page of a PDF is one. */
  paged: z.boolean(),
});
export type ParsedDocument = Readonly<z.infer<typeof parsedDocumentSchema>>;

/** A file to be parsed, as the process that parses has it. */
export interface ParserInput {
  readonly format: DocumentFormat;
  /** Its name, for formats that have no mark of their own. */
  readonly name: string;
  /** The open file. */
  readonly descriptor: number;
  readonly bytes: number;
  /** The member of an archive that is meant, else the archive's list. */
  readonly part?: string;
}
