#!/usr/bin/env bash
# Runs a command while the demo serves its page; the command finds the page's address in $URL.
# Usage: tools/setup/with_demo.sh AVAMOTION COMMAND...
set -euo pipefail

avamotion=$1
shift
log=$(mktemp)
AVAMOTION_GREETING="" PYTHONUNBUFFERED=1 "$avamotion" demo --no-browser --port 0 >"$log" 2>&1 &
demo=$!
trap 'kill -INT $demo 2>/dev/null; wait $demo 2>/dev/null; rm -f "$log"' EXIT
until URL=$(grep -om1 'http://[^ ]*' "$log"); do
  kill -0 $demo 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.2
done
export URL
"$@"
