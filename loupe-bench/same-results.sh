#!/bin/sh
# Compares what two builds of Loupe answer, number by number: for changes that must not change any.
#
#   loupe-bench/same-results.sh OLD_CHECKOUT NEW_CHECKOUT FOLDER
#
# Runs ten commands of each on the models that come with Loupe, keeps their JSON in FOLDER/old and FOLDER/new, and prints every value
# that differs, but for the seconds a run took and properties that only one side has. Needs jq. Not part of CI: it takes some minutes.
set -eu

old=$1
new=$2
folder=$3
mkdir -p "$folder/old" "$folder/new"

run() {
  build=$1
  to=$2
  "$build/loupe" trace "The capital of the country in which Kalport lies is" --json "$to/trace.json" --quiet > "$to/trace.txt" || true
  "$build/loupe" trace "4 7 + 3 8 =" --json "$to/trace-sum.json" --quiet > /dev/null || true
  "$build/loupe" trace "The capital of the country in which Kalport lies is" --basis almanac-clt --json "$to/trace-clt.json" --quiet > /dev/null || true
  "$build/loupe" trace "The capital of the country in which Kalport lies is" --attention 1/0 --model almanac-1m --json "$to/trace-attention.json" --quiet > /dev/null || true
  "$build/loupe" steer "The capital of the country in which Kalport lies is" --ablate 2/17 --json "$to/steer.json" --quiet > "$to/steer.txt" || true
  "$build/loupe" steer "The capital of the country in which Kalport lies is" --basis almanac-clt --set 2/17@-1=4 --freeze direct --json "$to/steer-clt.json" --quiet > /dev/null || true
  "$build/loupe" steer "The capital of" --add 1/3=2 --max-tokens 10 --json "$to/steer-text.json" --quiet > /dev/null || true
  "$build/loupe" study greater-than --model almanac-1m --prompts 2 --tested 1 --top 20 --draws 2 --json "$to/study.json" --quiet > "$to/study.txt" || true
  "$build/loupe" study greater-than --model almanac --basis almanac-clt --prompts 1 --tested 1 --top 10 --draws 1 --json "$to/study-clt.json" --quiet > /dev/null || true
  "$build/loupe" models run almanac "The capital of Norland is" --max-tokens 8 --json "$to/run.json" --quiet > /dev/null || true
}

run "$old" "$folder/old"
run "$new" "$folder/new"

leaves='[paths(scalars) as $p | {key: ($p | map(tostring) | join(".")), value: getpath($p)}] | from_entries'
differs=0
for file in "$folder"/old/*.json; do
  name=$(basename "$file")
  if [ ! -s "$folder/new/$name" ]; then
    echo "$name: only the old build wrote it"
    differs=1
    continue
  fi
  jq -S "$leaves" "$file" > "$folder/old.leaves"
  jq -S "$leaves" "$folder/new/$name" > "$folder/new.leaves"
  jq -n -r --arg name "$name" --slurpfile a "$folder/old.leaves" --slurpfile b "$folder/new.leaves" '
    $a[0] as $old | $b[0] as $new
    | [$old | keys[] | select(. as $k | $new | has($k))
        | select(test("seconds$|timings|checked$|note$|unit$|caveats|question$") | not)
        | select($old[.] != $new[.])] as $changed
    | "\($name): \($old | length) values, \($changed | length) differ",
      ($changed[:5][] | "  \(.): \($old[.]) -> \($new[.])")'
done
exit $differs
