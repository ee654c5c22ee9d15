import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutStrayIndents } from "../../../../src/team/magentic-one/python-indentation.ts";

const REPAIRED: readonly [title: string, code: string, repaired: string][] = [
  ["a line of the outermost block", "a = 1\n b = 2\nprint(a)\n", "a = 1\nb = 2\nprint(a)\n"],
  ["several lines", "a = 1\n b = 2\n print(a)", "a = 1\nb = 2\nprint(a)"],
  ["the first line", " a = 1\nprint(a)", "a = 1\nprint(a)"],
  ["a line of an inner block", "if a:\n    b = 1\n     c = 2\nprint(c)", "if a:\n    b = 1\n    c = 2\nprint(c)"],
  ["a line that opens a block", "a = 1\n for b in c:\n    print(b)", "a = 1\nfor b in c:\n    print(b)"],
  ["a line after a block", "for b in c:\n    print(b)\n print(a)", "for b in c:\n    print(b)\nprint(a)"],
  ["the line that brackets begin on", "a = 1\n b = f(\n  1,\n)\nc = 2", "a = 1\nb = f(\n  1,\n)\nc = 2"],
];
for (const [title, code, repaired] of REPAIRED) {
  test(`a stray space is taken away: ${title}`, () => assert.equal(withoutStrayIndents(code), repaired));
}

const LEFT: readonly [title: string, code: string][] = [
  ["blocks of one space", "if a:\n b = 1\n if b:\n  c = 2\nprint(c)\n"],
  ["one space within brackets", "a = [\n 1,\n 2]\nb = f(1,\n 2)\n"],
  ["one space within a long string", 'a = """\n b: """\nprint(a)'],
  ["one space after a backslash", "a = 1 + \\\n 2\nprint(a)"],
  ["a comment before a block's line", "if a:\n # why: \n    b = 1\n # done\nprint(b)"],
  ["a comment after a colon", "if a:  # it's so\n b = 1\nelse:\n b = 2"],
  ["a hash and a bracket in strings", "a = '#('\nb = \"it's [\"\nprint(a)"],
  ["escapes in strings", "a = 'it\\'s ('\nb = '''x\\''' '''\nprint(a)"],
  ["tabs", "if a:\n\tb = 1\nprint(b)"],
  ["a block that is missing, which no space mends", "if a:\nb = 1\n c = 2"],
  ["a line two spaces off", "a = 1\n  b = 2\n c = 3"],
  ["nothing", ""],
];
for (const [title, code] of LEFT) {
  test(`a program stays as it is: ${title}`, () => assert.equal(withoutStrayIndents(code), code));
}
