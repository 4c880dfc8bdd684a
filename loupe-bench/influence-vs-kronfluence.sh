#!/usr/bin/env bash
# EK-FAC influence of random sequences by Loupe and by kronfluence, alternately; prints one JSON line a measurement.
#
# usage: loupe-bench/influence-vs-kronfluence.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peer (see loupe-bench/README.md). THREADS sets the threads of both (2); SIZES is passed on
# ("--width 128 --documents 500"). RESULTS keeps the measurements in a file.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
rounds=${2:-3}
. loupe-bench/setup.sh
export OMP_WAIT_POLICY=PASSIVE # spinning threads of the peer would measure the scheduler
"$python" loupe-bench/peer/influence_kronfluence.py make "$work/model" ${SIZES:-}
for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  bench dev.loupe.bench.InfluenceScores "$work/model" "$work/model/data.json" "$threads" "$work/scores.json" >> "$results"
  "$python" loupe-bench/peer/influence_kronfluence.py run "$work/model" "$work/scores.json" --threads "$threads" >> "$results"
done
cat "$results"
