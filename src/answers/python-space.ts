/** What Python's `str.isspace`, its `\s` and `str.split` take for white space, as the inside of a character class. */
export const PYTHON_SPACE = String.raw` \t\n\v\f\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
