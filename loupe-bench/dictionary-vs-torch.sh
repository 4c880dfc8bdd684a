#!/usr/bin/env bash
# Trains a cross-layer transcoder at GPT-2 small's width with Loupe and with dense PyTorch, alternately, on the same activations, and
# prints medians and ratios.
#
# usage: loupe-bench/dictionary-vs-torch.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peer (see loupe-bench/README.md). THREADS sets the threads of both (2), FEATURES
# those of a layer (8192), K (32), BATCH the positions of a step (1024), STEPS (6). Needs 12 GB of memory.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
rounds=${2:-1}
features=${FEATURES:-8192} k=${K:-32} batch=${BATCH:-1024} steps=${STEPS:-6}
. loupe-bench/setup.sh
: > "$results"

"$python" loupe-bench/peer/random_gpt2.py "$work/gpt2"
for round in $(seq "$rounds"); do
  for dtype in ${DTYPES:-float32 bfloat16}; do
    echo "round $round of $rounds, $dtype" >&2
    rm -rf "$work/trained"
    bench dev.loupe.bench.DictionarySteps "$work/gpt2" "$work/activations" "$work/trained" "$features" "$k" "$batch" "$steps" "$threads" \
      "$dtype" | sed "s/\"loupe\"/\"loupe $dtype\"/" >> "$results"
    "$python" loupe-bench/peer/train_clt.py "$work/activations/shard-000000.safetensors" --features "$features" --k "$k" \
      --batch "$batch" --steps "$steps" --threads "$threads" --dtype "$dtype" >> "$results"
  done
done
"$python" loupe-bench/peer/dictionary_table.py "$results" "$batch"
