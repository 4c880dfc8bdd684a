#!/usr/bin/env bash
# Attribution through a cross-layer transcoder of GPT-2 small's size by Loupe and by circuit-tracer, alternately; prints medians and ratios.
#
# usage: loupe-bench/clt-vs-circuit-tracer.sh PYTHON FOLDER [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peer (see loupe-bench/README.md). FOLDER takes the model and the dictionary, 7.4 GB,
# and keeps them: what is there already is not made again. THREADS sets the threads of both (2), SIZES the prompts' tokens ("12 64"),
# FEATURES those of a layer (49152). RESULTS keeps the measurements in a file.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
folder=${2:?a folder for the model and the dictionary}
rounds=${3:-3}
. loupe-bench/setup.sh

model=$folder/gpt2 clt=$folder/clt-${FEATURES:-49152}
[ -e "$model/prompt.txt" ] || "$python" loupe-bench/peer/random_gpt2.py "$model"
[ -e "$clt/config.yaml" ] || "$python" loupe-bench/peer/synthetic_clt.py "$model" "$clt" --features "${FEATURES:-49152}"
cat "$clt"/*.safetensors > /dev/null # both sides find the files in memory

for round in $(seq "$rounds"); do
  for tokens in ${SIZES:-12 64}; do
    echo "round $round of $rounds, $tokens tokens" >&2
    {
      bench dev.loupe.bench.DictionaryTrace "$model" "$clt" "$model/prompt.txt" "$tokens" "$threads" 3 "$work/graph.safetensors"
      "$python" loupe-bench/peer/clt_circuit_tracer.py "$model" "$clt" "$work/graph.safetensors" --threads "$threads"
    } | sed "s/^{/{\"tokens\": $tokens, /" >> "$results"
  done
done
"$python" loupe-bench/peer/clt_table.py "$results"
