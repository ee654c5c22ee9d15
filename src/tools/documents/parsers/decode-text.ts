import { fileKind, SAMPLE_BYTES } from "../../files/file-kind.ts";

/** Bytes as text, by their mark or by what they look like. */
export function decodeText(bytes: Uint8Array): string {
  const sample = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, SAMPLE_BYTES));
  const kind = fileKind(sample, sample.byteLength === bytes.byteLength);
  if (kind.kind === "binary") return new TextDecoder("utf-8").decode(bytes);
  return new TextDecoder(kind.encoding).decode(bytes.subarray(kind.markBytes));
}
