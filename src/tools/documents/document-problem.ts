import { M1Error } from "../../base/errors.ts";

/**
 * Why a file cannot be read, in one sentence that goes on after the file's name: `is protected by a password`.
 * The codes: `document-encrypted`, `document-damaged`, `document-too-large`, `document-too-costly` (memory, time),
 * `document-unsupported`, `part-missing`.
 */
export class DocumentProblem extends M1Error {
  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
    this.name = "DocumentProblem";
  }
}
