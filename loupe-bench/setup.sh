# Sourced from the repository's root by the scripts that run classes of loupe-bench: builds them, and sets
# threads, work (a folder that goes when the script ends), results (RESULTS, or a file in it), and bench.

threads=${THREADS:-2}
. scripts/find-jdk.sh
find_jdk
[ -n "$LOUPE_JDK_FOUND" ] || { echo "a JDK 25 or newer is needed" >&2; exit 1; }
[ -n "${SKIP_BUILD:-}" ] || ./mvnw -q -DskipTests ${MVN_ARGS:-} -pl loupe-bench -am test-compile dependency:build-classpath \
  -Dmdep.outputFile=target/classpath
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
results=${RESULTS:-$work/results.jsonl}

# Threads of both sides wait as they do by default, Loupe's as its launcher has it; on a machine that does anything else set
# GOMP_SPINCOUNT=0, or spinning measures the scheduler.
unset OPENBLAS_CORETYPE OMP_WAIT_POLICY
export OMP_NUM_THREADS=$threads

# bench CLASS ARGUMENTS...: runs a class of dev.loupe.bench.
bench() {
  local class=$1
  shift
  GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-4000} "$LOUPE_JDK_FOUND/bin/java" -XX:+UseSerialGC -Xms32m --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Dorg.bytedeco.javacpp.nopointergc=true -cp "loupe-bench/target/classes:$(cat loupe-bench/target/classpath)" "$class" "$@"
}
