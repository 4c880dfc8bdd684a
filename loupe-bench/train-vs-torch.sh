#!/usr/bin/env bash
# Trains small GPT-2 networks with Loupe and with PyTorch alternately, from the same weights on the same rows, and prints medians and
# ratios.
#
# usage: loupe-bench/train-vs-torch.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peer (see loupe-bench/README.md). THREADS sets the threads of both (2), MODELS
# the networks as LAYERSxWIDTH ("4x192 8x256"), DTYPES and OPTIMIZERS what to try, STEPS how many steps a run has (25).
set -eu
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
rounds=${2:-3}
threads=${THREADS:-2}
. scripts/find-jdk.sh
find_jdk
[ -n "$LOUPE_JDK_FOUND" ] || { echo "a JDK 25 or newer is needed" >&2; exit 1; }
./mvnw -q -DskipTests ${MVN_ARGS:-} -pl loupe-bench -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
results=${RESULTS:-$work/results.jsonl}

# Both sides sleep rather than spin while they wait: on a machine that does anything else, spinning measures the scheduler.
unset OPENBLAS_CORETYPE
export OMP_WAIT_POLICY=PASSIVE

for round in $(seq "$rounds"); do
  for model in ${MODELS:-4x192 8x256}; do
    start=$work/$model
    [ -e "$start" ] || "$python" loupe-bench/peer/train_gpt2.py "$start" --make --layers "${model%x*}" --width "${model#*x}"
    for optimizer in ${OPTIMIZERS:-muon adamw}; do
      for dtype in ${DTYPES:-bfloat16 float32}; do
        echo "round $round of $rounds, $model, $optimizer, $dtype" >&2
        for attention in fused plain; do
          OMP_NUM_THREADS=$threads "$python" loupe-bench/peer/train_gpt2.py "$start" --dtype "$dtype" --optimizer "$optimizer" \
            --attention "$attention" --threads "$threads" --steps "${STEPS:-25}" >> "$results"
        done
        rm -rf "$work/trained"
        OMP_NUM_THREADS=1 "$LOUPE_JDK_FOUND/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
          --sun-misc-unsafe-memory-access=allow -Dorg.bytedeco.javacpp.nopointergc=true \
          -cp "loupe-bench/target/classes:$(cat loupe-bench/target/classpath)" \
          dev.loupe.bench.TrainSteps "$start" "$work/trained" "$dtype" "$optimizer" "$threads" "${STEPS:-25}" >> "$results"
      done
    done
  done
done
"$python" loupe-bench/peer/train_table.py "$results"
