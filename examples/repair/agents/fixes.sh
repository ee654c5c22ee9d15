#!/bin/sh
# Stands in for a coding agent that does it. What it was asked: $1
set -eu
echo "Reading src/wrap-lines.js …"
node -e '
  const { readFileSync, writeFileSync } = require("node:fs");
  const file = "src/wrap-lines.js";
  const before = "if (line.length + word.length > width)";
  const after = "if (line !== \"\" && line.length + 1 + word.length > width)";
  writeFileSync(file, readFileSync(file, "utf8").replace(before, after));
'
npm test
echo "FINAL ANSWER: wrapLines forgot the space before a word, and broke before the first one."
