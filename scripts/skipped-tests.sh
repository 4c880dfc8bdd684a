#!/bin/sh
# Lists the tests that the last build skipped, each with its reason, and the totals of all modules, out of the reports below
# their target folders.
#
# usage: scripts/skipped-tests.sh
set -eu
cd "$(dirname "$0")/.."

for report in loupe-*/target/surefire-reports/TEST-*.xml loupe-*/target/failsafe-reports/TEST-*.xml; do
  [ -e "$report" ] || continue
  # One line for each skipped test: the class, the test, the first line of the reason.
  awk '
    function attribute(line, name) {
      if (!match(line, "[ \t]" name "=\"[^\"]*\"")) return ""
      return substr(line, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
    }
    /<testcase / { test = attribute($0, "name"); class = attribute($0, "classname"); sub(/.*\./, "", class) }
    /<skipped/ {
      reason = attribute($0, "message")
      if (reason == "" && match($0, /<!\[CDATA\[/)) reason = substr($0, RSTART + RLENGTH)
      sub(/&#10;.*/, "", reason)
      gsub(/&quot;/, "\"", reason); gsub(/&apos;/, "\047", reason); gsub(/&lt;/, "<", reason); gsub(/&gt;/, ">", reason)
      gsub(/&amp;/, "\\&", reason)
      sub(/\]\]>.*/, "", reason); sub(/^[a-zA-Z0-9.]*(Exception|Error): /, "", reason); sub(/^Assumption failed: /, "", reason)
      printf "  %s: %s: %s\n", class, test, (reason == "" ? "no reason given" : reason)
    }
  ' "$report"
done | sort | {
  lines=$(cat)
  if [ -z "$lines" ]; then
    echo "Skipped tests: none"
  else
    echo "Skipped tests: $(printf '%s\n' "$lines" | wc -l | tr -d ' ')"
    printf '%s\n' "$lines"
  fi
}

cat loupe-*/target/surefire-reports/TEST-*.xml loupe-*/target/failsafe-reports/TEST-*.xml 2>/dev/null | awk '
  function count(name) {
    if (!match($0, " " name "=\"[0-9]+\"")) return 0
    return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) + 0
  }
  /<testsuite / { open = 1 }
  open { tests += count("tests"); failures += count("failures"); errors += count("errors"); skipped += count("skipped") }
  open && />/ { open = 0 }
  END { printf "All modules: Tests run: %d, Failures: %d, Errors: %d, Skipped: %d\n", tests, failures, errors, skipped }
'
