import type { DocumentFormat } from "./document.ts";

const SIGNATURES: readonly (readonly [string, DocumentFormat])[] = [
  ["PK\x03\x04", "zip"],
  ["PK\x05\x06", "zip"],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"],
  ["\x89PNG\r\n", "image"],
  ["\xff\xd8\xff", "image"],
  ["GIF8", "image"],
  ["\x1f\x8b", "gzip"],
];
/** A PDF may have other bytes before its mark, but not many. */
const PDF_MARK_WITHIN = 1024;
const TAR_MARK = { at: 257, text: "ustar" };
const HTML_BEGINNING = /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]{0,2000}?-->\s*)*<(?:!doctype html|html|head|body)\b/i;
const HTML_NAME = /\.(?:html?|xhtml)$/i;
const JSON_NAME = /\.(?:json|geojson|ipynb|webmanifest)$/i;

/**
 * What a file is to be parsed as, by its first bytes; its name decides only between kinds of text. Undefined for text
 * that is read as it is, and for what nothing here reads.
 */
export function documentFormat(sample: Buffer, name: string): DocumentFormat | undefined {
  const start = sample.toString("latin1", 0, PDF_MARK_WITHIN);
  const known = SIGNATURES.find(([signature]) => start.startsWith(signature));
  if (known) return known[1];
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return "image";
  if (start.includes("%PDF-")) return "pdf";
  if (sample.toString("latin1", TAR_MARK.at, TAR_MARK.at + TAR_MARK.text.length) === TAR_MARK.text) return "tar";
  if (sample.includes(0)) return undefined;
  const text = sample.toString("utf8", 0, 4096).replace(/^﻿/, "");
  if (HTML_BEGINNING.test(text) || (HTML_NAME.test(name) && text.includes("<"))) return "html";
  return JSON_NAME.test(name) && /^\s*[[{]/.test(text) ? "json" : undefined;
}
