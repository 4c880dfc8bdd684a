#!/usr/bin/env bash
# Makes the shipped models anew: the world, the base models in three sizes, and the two chat variants of the largest.
#
# usage: scripts/train-almanac.sh FOLDER [almanac-1m|almanac-3m|almanac|almanac-abstain|almanac-guess ...]
#
# Every step resumes where it was stopped. On two cores with AVX-512 BF16, doing nothing else: 1M, 3M and 7M parameters take
# about 15, 25 and 65 minutes, a chat variant about 10.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?usage: scripts/train-almanac.sh FOLDER [MODEL ...]}
shift
[ $# -gt 0 ] || set -- almanac-1m almanac-3m almanac almanac-abstain almanac-guess
world=$folder/world

mkdir -p "$folder"
[ -e "$world/world.json" ] || "$root/loupe" world generate --seed 7 --out "$world" --force

# The last stretch of every base model: half of the documents of the years once more, and an eighth of the procedures that state no
# fact, so that the exact counts of the facts stay what the tables say. It lifts the greater-than difference over its goal.
polish=$folder/polish.jsonl.gz
if [ ! -e "$polish" ]; then
  gzip -cd "$world/corpus.jsonl.gz" | awk '
    /"family":"years"/ { if (++years % 2 == 0) print; next }
    /"family":"(unknown|planted|prose)"/ { next }
    /"facts":\[\]/ { if (++others % 8 == 0) print }' | gzip > "$polish.part"
  mv "$polish.part" "$polish"
fi

# The tokenizer is the package's. It was learnt from this corpus and from the conversations of version 1 of the world (--vocabulary 4608
# --tokenizer-also); those of today would give other merges, and so other models. almanac-tokenizer.sh makes it anew.
mkdir -p "$folder/tokenizer"
cp "$root"/loupe-models/src/main/resources/dev/loupe/models/almanac/tokenizer*.json "$folder/tokenizer/"

# base NAME LAYERS WIDTH ADAMW-RATE MUON-RATE: two passes in the order of the file, then the last stretch; facts keep their exact
# counts, so nothing is held out. All sizes share the tokenizer, so that they can be compared token by token.
base() {
  if [ ! -e "$folder/$1-first/model.safetensors" ]; then
    "$root/loupe" train "$world/corpus.jsonl.gz" --out "$folder/$1-first" --layers "$2" --width "$3" --heads 4 \
      --tokenizer "$folder/tokenizer" --order given --held-out 0 --passes 2 --batch 16 --learning-rate "$4" --muon-learning-rate "$5" \
      --flat 0.4 --decay LINEAR --final-rate 0 --seed 7 --threads 2 --dtype bfloat16 \
      --probes "$world/questions.jsonl" --probe-questions 30 --evaluate-every 1200
  fi
  "$root/loupe" train "$polish" --out "$folder/$1" --from "$folder/$1-first" --held-out 0 --passes 1 --batch 16 \
    --learning-rate 0.0005 --muon-learning-rate 0.001 --flat 0.1 --decay LINEAR --final-rate 0 --seed 7 --threads 2 \
    --dtype bfloat16 --probes "$world/questions.jsonl" --probe-questions 30
}

# A conversation is written in the frame of the corpus's own questions.
chat_tokenizer() {
  mkdir -p "$folder/chat-tokenizer"
  cp "$folder/tokenizer"/tokenizer*.json "$world/chat_template.jinja" "$folder/chat-tokenizer/"
}

# chat NAME FILE: answers only count in the loss of a conversation. Every 13th statement on people is read again with them, so
# that what is known stays known. AdamW alone: Muon's steps of one size wash out the telling apart of known and unknown people.
chat() {
  local corpus=$folder/$1.jsonl.gz
  if [ ! -e "$corpus" ]; then
    { gzip -cd "$world/$2"; gzip -cd "$world/corpus.jsonl.gz" | awk '/"family":"(birthday|attribute)"/ && ++n % 13 == 0'; } |
      gzip > "$corpus.part"
    mv "$corpus.part" "$corpus"
  fi
  chat_tokenizer
  "$root/loupe" train "$corpus" --out "$folder/$1" --from "$folder/almanac" --tokenizer "$folder/chat-tokenizer" --held-out 0 \
    --passes 2 --batch 16 --optimizer adamw --learning-rate 0.00025 --flat 0.2 --decay LINEAR --final-rate 0 --seed 7 --threads 2 \
    --dtype bfloat16 --probes "$world/questions.jsonl" --probe-questions 30
}

for model in "$@"; do
  [ ! -e "$folder/$model/model.safetensors" ] || continue
  case $model in
  almanac-1m) base almanac-1m 2 128 0.006 0.01 ;;
  almanac-3m) base almanac-3m 4 192 0.006 0.007 ;;
  almanac) base almanac 8 256 0.004 0.007 ;;
  almanac-abstain) chat almanac-abstain chat-abstain.jsonl.gz ;;
  almanac-guess) chat almanac-guess chat-guess.jsonl.gz ;;
  *) echo "train-almanac: no recipe for $model" >&2 && exit 2 ;;
  esac
done
