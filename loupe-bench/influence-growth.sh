#!/usr/bin/env bash
# How the cost of influence grows with documents, width and queries: CPU seconds of a fit and all scores, one thread, and the exponents
# (slopes of logarithms, least squares). Prints a line a measurement, then the exponents.
#
# usage: loupe-bench/influence-growth.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with torch and transformers, which makes the random models (see loupe-bench/README.md). Of
# the rounds (2) the fastest counts. RESULTS keeps the measurements in a file, after which a run that was stopped resumes.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of an environment with torch and transformers; see loupe-bench/README.md}
rounds=${2:-2}
THREADS=1
. loupe-bench/setup.sh
export OMP_WAIT_POLICY=PASSIVE
touch "$results"
measure() { # WHAT VALUE DOCUMENTS WIDTH QUERIES
  for round in $(seq "$rounds"); do
    grep -q "^$1 $2 $round " "$results" && continue
    "$python" loupe-bench/peer/influence_kronfluence.py make "$work/model" --documents "$3" --width "$4" --queries "$5" > /dev/null 2>&1
    echo "$1 $2 $round $(bench dev.loupe.bench.InfluenceScores "$work/model" "$work/model/data.json" 1 "$work/scores.json")" >> "$results"
    rm -r "$work/model"
  done
}
for documents in 100 200 400 800; do measure documents $documents $documents 128 10; done
for width in 64 128 256 512; do measure width $width 200 $width 10; done
for queries in 1 10 40 160; do measure queries $queries 200 128 $queries; done
cat "$results"
"$python" - "$results" << 'END'
import json, math, sys
best = {}
for line in open(sys.argv[1]):
    what, value, _, rest = line.split(" ", 3)
    best[what, int(value)] = min(best.get((what, int(value)), 1e9), json.loads(rest)["cpu"])
for what in ("documents", "width", "queries"):
    points = [(math.log(v), math.log(s)) for (w, v), s in best.items() if w == what]
    mx, my = (sum(c) / len(points) for c in zip(*points))
    slope = sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points)
    print(what, {v: round(s, 2) for (w, v), s in best.items() if w == what}, f"exponent {slope:.2f}")
END
