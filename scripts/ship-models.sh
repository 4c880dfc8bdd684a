#!/usr/bin/env bash
# Puts trained models and dictionaries into the package: bfloat16 weights, cards with what they reach, the indexes of loupe-models.
#
# usage: scripts/ship-models.sh FOLDER [models|dictionaries]      the folder that the training scripts were given
set -eu
folder=$(cd "${1:?usage: scripts/ship-models.sh FOLDER}" && pwd)
cd "$(dirname "$0")/.."
. scripts/find-jdk.sh
find_jdk
[ -n "$LOUPE_JDK_FOUND" ] || { echo "a JDK 25 or newer is needed" >&2; exit 1; }
./mvnw -q -DskipTests ${MVN_ARGS:-} -pl loupe-bench -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
unset OPENBLAS_CORETYPE
export OMP_WAIT_POLICY=PASSIVE
ship() {
  "$LOUPE_JDK_FOUND/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp "loupe-bench/target/classes:$(cat loupe-bench/target/classpath)" "$@"
}
resources=loupe-models/src/main/resources/dev/loupe
case ${2:-all} in all | models) ship dev.loupe.bench.ShipModels "$folder" $resources/models ;; esac
case ${2:-all} in all | dictionaries) ship dev.loupe.bench.ShipDictionaries "$folder/dictionaries" $resources/dictionaries ;; esac
