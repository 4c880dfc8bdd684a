#!/usr/bin/env bash
# Makes the tokenizer of the shipped models anew and compares it with the package's.
#
# usage: scripts/almanac-tokenizer.sh
#
# It was learnt from the corpus of seed 7 and from the conversations of version 1 of the world, which today's code does not write any more: so the code of
# that day is built beside this, in a folder that goes again. Needs the whole history (git fetch --unshallow) and some five minutes.
set -euo pipefail

cd "$(dirname "$0")/.."
root=$PWD
commit=10c90cf4fc31f4c9df049f557e86151250611372
work=$(mktemp -d)
trap 'cd "$root"; git worktree remove --force "$work/then" 2>/dev/null || true; rm -rf "$work"' EXIT

git cat-file -e "$commit" 2>/dev/null || { echo "almanac-tokenizer: this clone does not reach back to ${commit:0:8}; git fetch --unshallow" >&2; exit 3; }
git worktree add --quiet --detach "$work/then" "$commit"
cd "$work/then"
./mvnw -q ${MVN_ARGS:-} package -DskipTests -DskipITs
./loupe world generate --seed 7 --out "$work/world"
# The network is not wanted: one of the smallest stops after a few steps.
./loupe train "$work/world/corpus.jsonl.gz" --out "$work/network" --layers 1 --width 16 --heads 1 --vocabulary 4608 \
  --tokenizer-also "$work/world/chat-abstain.jsonl.gz" --order given --held-out 0 --tokens 20000 --batch 16 --seed 7
cmp "$work/network/tokenizer.json" "$root/loupe-models/src/main/resources/dev/loupe/models/almanac/tokenizer.json"
echo "the same, byte for byte"
