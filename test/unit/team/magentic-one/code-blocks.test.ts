import assert from "node:assert/strict";
import { test } from "node:test";
import { codeBlocks } from "../../../../src/team/magentic-one/code-blocks.ts";

const python = (code: string) => ({ language: "python", code });

const CASES: readonly [title: string, text: string, blocks: readonly { language: string; code: string }[]][] = [
  ["one block", "Here:\n```python\nprint(1)\n```\nDone.", [python("print(1)\n")]],
  [
    "several, in order, in three languages",
    "```python\na\n```\n```bash\nls\n```\n```js\nb\n```",
    [python("a\n"), { language: "sh", code: "ls\n" }, { language: "javascript", code: "b\n" }],
  ],
  ["an indented fence, and a label with more behind it", '  ```Python title="x.py"\nx\n  ```', [python("x\n")]],
  ["Windows line ends", "```py\r\nx\r\n```\r\n", [python("x\n")]],
  ["a fence that never ends: the reply was cut off", "```python\nprint(1)\n", [python("print(1)\n")]],
  ["a longer fence around a shorter one", "````python\ns = '''\n```\n'''\n````", [python("s = '''\n```\n'''\n")]],
  ["tildes", "~~~python\nx\n~~~", [python("x\n")]],
  ["other languages are not run", '```json\n{"a": 1}\n```\n```csv\na,b\n```', []],
  ["without a label it is Python", "```\nprint(1)\n```", [python("print(1)\n")]],
  ["without a label, beside a labelled block, it is output", "```python\nx\n```\nprints\n```\n1\n```", [python("x\n")]],
  ["a label that is a word of the machine's own is no language", "```constructor\nx\n```", []],
  ["an empty block is none", "```python\n\n```", []],
  ["inline code is none", "Use `print(1)` or ```x``` here.", []],
  ["no code at all", "It is 7.", []],
];
for (const [title, text, blocks] of CASES) {
  test(`code blocks: ${title}`, () => assert.deepEqual(codeBlocks(text), blocks));
}
