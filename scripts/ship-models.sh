#!/usr/bin/env bash
# Puts trained models and dictionaries into the package: bfloat16 weights, cards with what they reach, the indexes of loupe-models.
#
# usage: scripts/ship-models.sh FOLDER [models|dictionaries]      the folder that the training scripts were given
set -eu
folder=$(cd "${1:?usage: scripts/ship-models.sh FOLDER}" && pwd)
cd "$(dirname "$0")/.."
. loupe-bench/setup.sh
resources=loupe-models/src/main/resources/dev/loupe
case ${2:-all} in all | models) bench dev.loupe.bench.ShipModels "$folder" $resources/models ;; esac
case ${2:-all} in all | dictionaries) bench dev.loupe.bench.ShipDictionaries "$folder/dictionaries" $resources/dictionaries ;; esac
