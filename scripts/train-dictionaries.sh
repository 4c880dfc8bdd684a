#!/usr/bin/env bash
# Makes the shipped dictionaries anew, of the shipped models.
#
# usage: scripts/train-dictionaries.sh FOLDER [almanac-clt|almanac-saes|almanac-plt|almanac-3m-clt ...]
#
# FOLDER is the one of train-almanac.sh, for its world; dictionaries go to FOLDER/dictionaries/NAME/features-N, evaluations beside
# them. Every step resumes where it was stopped. A rate of 0.006 is two to four times what is usual and was the best of those tried;
# by the end of the ordinary steps it must have come down to 0. k is below 32 because a threshold lets more features through on text
# that was held out.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?usage: scripts/train-dictionaries.sh FOLDER [DICTIONARY ...]}
shift
[ $# -gt 0 ] || set -- almanac-clt almanac-3m-clt almanac-plt almanac-saes
out=$folder/dictionaries
corpus=$folder/world/corpus.jsonl.gz
mkdir -p "$out"

# train NAME MODEL OPTIONS...: bfloat16 files; the documents held out are the same for all.
train() {
  local name=$1 model=$2
  shift 2
  "$root/loupe" dictionary train "$corpus" --model "$model" --out "$out/$name" --held-out 0.01 --rows 400 --seed 7 \
    --threads "${THREADS:-2}" --products bfloat16 --written bfloat16 "$@"
}

# evaluate NAME MODEL FEATURES OPTIONS...
evaluate() {
  local name=$1 model=$2 features=$3
  shift 3
  "$root/loupe" dictionary evaluate "$out/$name/features-$features" "$corpus" --model "$model" --held-out 0.01 --rows 400 \
    --threads "${THREADS:-2}" --json "$out/$name/evaluation-$features.json" "$@"
}

for dictionary in "$@"; do
  case $dictionary in
  almanac-clt)
    train almanac-clt almanac --kind clt --features 2048 --k 29 --tokens 4.5M --batch 1024 --learning-rate 6e-3 --flat 0.4 --end-to-end 0.33
    evaluate almanac-clt almanac 2048 --world 7
    ;;
  almanac-3m-clt)
    train almanac-3m-clt almanac-3m --kind clt --features 2048 --k 29 --tokens 1.5M --batch 1024 --learning-rate 6e-3 --flat 0.4 --end-to-end 0.33
    evaluate almanac-3m-clt almanac-3m 2048 --world 7
    ;;
  almanac-plt)
    train almanac-plt almanac --kind plt --features 2048 --k 28 --tokens 1.5M --batch 1024 --learning-rate 6e-3 --flat 0.4 --end-to-end 0.33
    evaluate almanac-plt almanac 2048 --world 7
    ;;
  almanac-saes)
    train almanac-saes almanac --kind sae --layers 4 --features 512,2048,8192 --tokens 1.2M --learning-rate 2e-3
    for features in 512 2048 8192; do evaluate almanac-saes almanac "$features"; done
    ;;
  *) echo "train-dictionaries: no recipe for $dictionary" >&2 && exit 2 ;;
  esac
done
