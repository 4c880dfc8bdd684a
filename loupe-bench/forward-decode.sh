#!/usr/bin/env bash
# Runs Loupe and transformers alternately on the same weights and prints medians and their ratio.
#
# usage: loupe-bench/forward-decode.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peer (see loupe-bench/README.md). THREADS sets the threads of both (2).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
rounds=${2:-3}
. loupe-bench/setup.sh
model=$(scripts/get-smollm2.sh)

for round in $(seq "$rounds"); do
  for dtype in float32 bfloat16; do
    echo "round $round of $rounds, $dtype" >&2
    "$python" loupe-bench/peer/forward_decode.py "$model" --dtype "$dtype" --threads "$threads" >> "$results"
    bench dev.loupe.bench.ForwardDecode "$model" "$dtype" "$threads" 3 >> "$results"
  done
done
"$python" loupe-bench/peer/table.py "$results"
