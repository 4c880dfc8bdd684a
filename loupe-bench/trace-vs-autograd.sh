#!/usr/bin/env bash
# Traces with Loupe, computes the same adjacency with PyTorch's autograd, alternately, and prints medians and ratios.
#
# usage: loupe-bench/trace-vs-autograd.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peer (see loupe-bench/README.md). THREADS sets the threads of both (2), SIZES
# the runs as TOKENS:NODES ("12:300 64:300 512:60"), MODELS which models ("smollm2 gpt2"). RESULTS keeps the measurements in a file.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
rounds=${2:-3}
. loupe-bench/setup.sh

for round in $(seq "$rounds"); do
  for name in ${MODELS:-smollm2 gpt2}; do
    if [ "$name" = gpt2 ]; then
      model=$work/gpt2 prompt=$work/gpt2/prompt.txt
      [ -e "$model" ] || "$python" loupe-bench/peer/random_gpt2.py "$model"
    else
      model=$(scripts/get-smollm2.sh) prompt=LICENSE
    fi
    for size in ${SIZES:-12:300 64:300 512:60}; do
      tokens=${size%:*} nodes=${size#*:}
      echo "round $round of $rounds, $name, $tokens tokens" >&2
      {
        bench dev.loupe.bench.TraceSweep "$model" "$prompt" "$tokens" "$nodes" "$threads" 3 "$work/graph.json"
        "$python" loupe-bench/peer/trace_autograd.py "$model" "$work/graph.json" --threads "$threads"
      } | sed "s/^{/{\"model\": \"$name\", \"tokens\": $tokens, /" >> "$results"
    done
  done
done
"$python" loupe-bench/peer/trace_table.py "$results"
