#!/usr/bin/env bash
# Calibration metrics on the same array by Loupe and by numpy and scikit-learn, alternately: values and CPU seconds of one thread, a
# JSON line each.
#
# usage: loupe-bench/audit-vs-numpy.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with numpy and scikit-learn. ANSWERS is the array's length (100000).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of an environment with numpy and scikit-learn}
rounds=${2:-3}
THREADS=1
. loupe-bench/setup.sh

for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  bench dev.loupe.bench.AuditMetricsSpeed "$work/array" "${ANSWERS:-100000}" | sed 's/^{/{"by": "loupe", /' >> "$results"
  OPENBLAS_NUM_THREADS=1 "$python" loupe-bench/peer/audit_metrics.py "$work/array" | sed 's/^{/{"by": "numpy", /' >> "$results"
done
sort -t, -k2,2 -k1,1 "$results"
