#!/usr/bin/env bash
# Runs the JMH benchmarks of the kernels.
#
# usage: loupe-bench/kernels.sh [JMH ARGUMENTS]
#
# For example: loupe-bench/kernels.sh EngineBenchmark.linear -p rows=512 -p dtype=BF16
set -eu
cd "$(dirname "$0")/.."
. scripts/find-jdk.sh
find_jdk
[ -n "$LOUPE_JDK_FOUND" ] || { echo "a JDK 25 or newer is needed" >&2; exit 1; }
./mvnw -q -DskipTests ${MVN_ARGS:-} -pl loupe-bench -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
unset OPENBLAS_CORETYPE
export OMP_WAIT_POLICY=PASSIVE OMP_NUM_THREADS=1
exec "$LOUPE_JDK_FOUND/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -Dorg.bytedeco.javacpp.nopointergc=true -cp "loupe-bench/target/classes:$(cat loupe-bench/target/classpath)" \
  org.openjdk.jmh.Main "$@"
