#!/usr/bin/env bash
# Runs the JMH benchmarks of the kernels.
#
# usage: loupe-bench/kernels.sh [JMH ARGUMENTS]
#
# For example: loupe-bench/kernels.sh EngineBenchmark.linear -p rows=512 -p dtype=BF16
set -euo pipefail
cd "$(dirname "$0")/.."
. loupe-bench/setup.sh
OMP_NUM_THREADS=1 bench org.openjdk.jmh.Main "$@"
