#!/bin/sh
# Stands in for a coding agent that gets nowhere: it waits for a program in a session of its own. What it was asked: $1
echo "Thinking …"
setsid sleep "${HANGS_SECONDS:-3600}" 2>/dev/null || sleep "${HANGS_SECONDS:-3600}"
