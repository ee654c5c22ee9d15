#!/bin/sh
# Stands in for a coding agent that believes it has done it. What it was asked: $1
set -eu
echo "Reading src/wrap-lines.js …"
printf '%s\n' 'export const wrapLines = (text, width) => text.match(new RegExp(`.{1,${width}}`, "g"));' > src/wrap-lines.js
echo "FINAL ANSWER: wrapLines is simpler now, and the tests should pass."
