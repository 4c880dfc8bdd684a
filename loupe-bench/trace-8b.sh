#!/usr/bin/env bash
# A trace of a model of Llama 3 8B's dimensions (random weights, bfloat16, 16 GB on disk) within this machine's memory; prints time and the largest memory.
#
# usage: loupe-bench/trace-8b.sh TOKENIZER FOLDER [LAYERS]
#
# TOKENIZER is a tokenizer.json of any model. FOLDER takes the model and keeps it. LAYERS are 32 unless said otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
tokenizer=${1:?a tokenizer.json} folder=${2:?a folder for the model} layers=${3:-32}
. loupe-bench/setup.sh

[ -e "$folder/model.safetensors" ] || bench dev.loupe.bench.RandomFolder "$folder" "$tokenizer" "$layers"
/usr/bin/time -f '%e s, of CPU %U + %S s, at most %M KB resident (pages of the file included)' \
  ./loupe trace --model "$folder" --dtype bfloat16 --evidence --max-nodes "${NODES:-300}" "${PROMPT:-one two three four five six}"
