#!/usr/bin/env bash
# Runs Loupe and transformers alternately on the same weights and prints medians and their ratio.
#
# usage: loupe-bench/forward-decode.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peer (see loupe-bench/README.md). THREADS sets the threads of both (2).
set -eu
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
rounds=${2:-3}
threads=${THREADS:-2}
. scripts/find-jdk.sh
find_jdk
[ -n "$LOUPE_JDK_FOUND" ] || { echo "a JDK 25 or newer is needed" >&2; exit 1; }
./mvnw -q -DskipTests package
model=$(scripts/get-smollm2.sh)
results=$(mktemp)
trap 'rm -f "$results"' EXIT

# Both sides sleep rather than spin while they wait: on a machine that does anything else, spinning measures the scheduler.
unset OPENBLAS_CORETYPE
export OMP_WAIT_POLICY=PASSIVE OMP_NUM_THREADS=$threads

for round in $(seq "$rounds"); do
  for dtype in float32 bfloat16; do
    echo "round $round of $rounds, $dtype" >&2
    "$python" loupe-bench/peer/forward_decode.py "$model" --dtype "$dtype" --threads "$threads" >> "$results"
    "$LOUPE_JDK_FOUND/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
      -Dorg.bytedeco.javacpp.nopointergc=true \
      -cp "loupe-bench/target/classes:loupe-app/target/loupe/lib/*" \
      dev.loupe.bench.ForwardDecode "$model" "$dtype" "$threads" 3 >> "$results"
  done
done
"$python" loupe-bench/peer/table.py "$results"
