import type { ParsedDocument } from "../document.ts";
import { DocumentProblem } from "../document-problem.ts";

const MEDIA_TYPES: Readonly<Record<string, readonly [string, string]>> = {
  png: ["image/png", "a PNG picture"],
  jpg: ["image/jpeg", "a JPEG picture"],
  gif: ["image/gif", "a GIF picture"],
  webp: ["image/webp", "a WebP picture"],
};

/** A picture's kind and size; what it shows only a model can tell. */
export async function parseImage(bytes: Uint8Array): Promise<ParsedDocument> {
  const { imageSize } = await import("image-size");
  const { width, height, type = "" } = imageSize(bytes);
  const known = MEDIA_TYPES[type];
  if (!known) throw new DocumentProblem("document-unsupported", "is a picture of a kind that is not read");
  const [mediaType, name] = known;
  const text = "What it shows can be seen by looking at it (view-image), with a model that sees.";
  return {
    title: `${name} of ${width} x ${height} pixels`,
    sections: [{ name: "", text }],
    notes: [],
    facts: { mediaType, width, height },
    paged: false,
  };
}
