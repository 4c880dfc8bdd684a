#!/usr/bin/env bash
# Trains small GPT-2 networks with Loupe and with PyTorch alternately, from the same weights on the same rows, and prints medians and
# ratios.
#
# usage: loupe-bench/train-vs-torch.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peer (see loupe-bench/README.md). THREADS sets the threads of both (2), MODELS
# the networks as LAYERSxWIDTH ("4x192 8x256"), DTYPES and OPTIMIZERS what to try, STEPS how many steps a run has (25).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
rounds=${2:-3}
. loupe-bench/setup.sh

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
        OMP_NUM_THREADS=1 bench dev.loupe.bench.TrainSteps "$start" "$work/trained" "$dtype" "$optimizer" "$threads" \
          "${STEPS:-25}" >> "$results"
      done
    done
  done
done
"$python" loupe-bench/peer/train_table.py "$results"
