#!/usr/bin/env bash
# Traces with Loupe, computes the same adjacency with PyTorch's autograd, alternately, and prints medians and ratios.
#
# usage: loupe-bench/trace-vs-autograd.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peer (see loupe-bench/README.md). THREADS sets the threads of both (2), SIZES
# the runs as TOKENS:NODES ("12:300 64:300 512:60"), MODELS which models ("smollm2 gpt2"). RESULTS keeps the measurements in a file.
set -eu
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
rounds=${2:-3}
threads=${THREADS:-2}
. scripts/find-jdk.sh
find_jdk
[ -n "$LOUPE_JDK_FOUND" ] || { echo "a JDK 25 or newer is needed" >&2; exit 1; }
true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
results=${RESULTS:-$work/results.jsonl}

# Both sides sleep rather than spin while they wait: on a machine that does anything else, spinning measures the scheduler.
unset OPENBLAS_CORETYPE
export OMP_WAIT_POLICY=PASSIVE OMP_NUM_THREADS=$threads

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
        "$LOUPE_JDK_FOUND/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
          -Dorg.bytedeco.javacpp.nopointergc=true -cp "loupe-bench/target/classes:$(cat loupe-bench/target/classpath)" \
          dev.loupe.bench.TraceSweep "$model" "$prompt" "$tokens" "$nodes" "$threads" 3 "$work/graph.json"
        "$python" loupe-bench/peer/trace_autograd.py "$model" "$work/graph.json" --threads "$threads"
      } | sed "s/^{/{\"model\": \"$name\", \"tokens\": $tokens, /" >> "$results"
    done
  done
done
"$python" loupe-bench/peer/trace_table.py "$results"
