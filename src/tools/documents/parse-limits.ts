/** What parsing one file may cost. */
export const PARSE_LIMITS = {
  /** Of the parser's JavaScript heap. */
  heapMegabytes: 768,
  /** Of its whole process. */
  residentMegabytes: 1_536,
  /** From its start to its answer. */
  milliseconds: 30_000,
} as const;

/** Characters of text that are kept of a file; what is beyond is left out, and said so. */
export const MOST_CHARACTERS = 4_000_000;
/** Bytes of a file that a parser takes into memory. */
export const MOST_BYTES = 100 * 1024 ** 2;
