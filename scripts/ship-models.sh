#!/usr/bin/env bash
# Puts trained models into the package: bfloat16 weights, cards with what they reach, the index of loupe-models.
#
# usage: scripts/ship-models.sh FOLDER        the folder that scripts/train-almanac.sh was given
set -eu
folder=$(cd "${1:?usage: scripts/ship-models.sh FOLDER}" && pwd)
cd "$(dirname "$0")/.."
. scripts/find-jdk.sh
find_jdk
[ -n "$LOUPE_JDK_FOUND" ] || { echo "a JDK 25 or newer is needed" >&2; exit 1; }
./mvnw -q -DskipTests ${MVN_ARGS:-} -pl loupe-bench -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
unset OPENBLAS_CORETYPE
export OMP_WAIT_POLICY=PASSIVE
"$LOUPE_JDK_FOUND/bin/java" --enable-native-access=ALL-UNNAMED \
  -cp "loupe-bench/target/classes:$(cat loupe-bench/target/classpath)" \
  dev.loupe.bench.ShipModels "$folder" loupe-models/src/main/resources/dev/loupe/models
