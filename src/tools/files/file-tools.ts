import { DocumentShelf } from "../documents/document-shelf.ts";
import type { Tool } from "../tool.ts";
import { findInFileTool } from "./find-in-file.ts";
import { listFilesTool } from "./list-files.ts";
import { readFileTool } from "./read-file.ts";
import { searchFilesTool } from "./search-files.ts";
import { viewImageTool } from "./view-image.ts";

/** The file tools of a run. Its teams share what was parsed: k teams open the same files. */
export function fileTools(): readonly Tool[] {
  const shelf = new DocumentShelf();
  return [listFilesTool, readFileTool(shelf), findInFileTool(shelf), searchFilesTool(shelf), viewImageTool(shelf)];
}
