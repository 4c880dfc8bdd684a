#!/usr/bin/env bash
# Trains an SAE of SmolLM2's stream with Loupe and with SAELens on the same activations, and a transcoder of the same layer with Loupe;
# evaluates all of them with Loupe on the same held-out text, and prints one table.
#
# usage: loupe-bench/dictionary-vs-saelens.sh PYTHON CORPUS FOLDER
#
# PYTHON is the interpreter of an environment with SAELens (see loupe-bench/README.md), CORPUS what loupe dictionary train reads. FOLDER
# keeps the dictionaries, 2.4 GB of activations a million positions, and the evaluations; what is there is not made again. LAYER (14),
# FEATURES (4096), K (32), POSITIONS (1000000), BATCH (2048), RATES of SAELens ("3e-4 1e-3") and THREADS (2) can be set.
# A feature is dead after a twentieth of the positions for both; after SAELens's usual thousand steps none ever would be in a run so short.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of the peer environment; see loupe-bench/README.md}
corpus=${2:?a corpus}
folder=${3:?a folder for the results}
layer=${LAYER:-14} features=${FEATURES:-4096} k=${K:-32} positions=${POSITIONS:-1000000} batch=${BATCH:-2048} threads=${THREADS:-2}
model=$(scripts/get-smollm2.sh)
rows=(--context 256 --skip-first 1 --without-separator --skip-longer 10 --held-out 0.02 --seed 0 --threads "$threads")
mkdir -p "$folder"

# train NAME KIND SITE OPTIONS...
train() {
  local name=$1 kind=$2 site=$3
  shift 3
  [ -e "$folder/$name/report.html" ] || ./loupe dictionary train "$corpus" --model "$model" --kind "$kind" --site "$site" \
    --layers "$layer" --features "$features" --k "$k" --tokens "$positions" --batch "$batch" --learning-rate "${RATE:-1e-3}" \
    --rows 8 --out "$folder/$name" "${rows[@]}" "$@" > /dev/null
}

# evaluate NAME DICTIONARY
evaluate() {
  [ -e "$folder/$1.json" ] || ./loupe dictionary evaluate "$2" "$corpus" --model "$model" --any-name --rows 60 "${rows[@]}" \
    --json "$folder/$1.json" > /dev/null
}

train sae sae resid_post --cache "$folder/activations"
evaluate sae "$folder/sae/features-$features"
for rate in ${RATES:-3e-4 1e-3}; do
  name=saelens-$rate
  [ -e "$folder/$name.step" ] || {
    rm -rf "${folder:?}/$name"
    OMP_NUM_THREADS=$threads "$python" loupe-bench/peer/train_sae.py "$folder/activations" "$folder/$name" --tap "resid_post.$layer" \
      --features "$features" --k "$k" --batch "$batch" --positions "$positions" --rate "$rate" \
      --dead-after $((positions / 20)) --threads "$threads" > "$folder/$name.part"
    mv "$folder/$name.part" "$folder/$name.step"
  }
  evaluate "$name" "$folder/$name"
done
train plt plt mlp_in
evaluate plt "$folder/plt/features-$features"
"$python" loupe-bench/peer/sae_table.py "$folder"
