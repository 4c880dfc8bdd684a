#!/usr/bin/env bash
# Calibration metrics on the same array by Loupe and by UQLM, LM-Polygraph, numpy and scikit-learn, alternately: values and CPU seconds
# of one thread, a JSON line each.
#
# usage: loupe-bench/audit-vs-peers.sh PYTHON [ROUNDS]
#
# PYTHON is the interpreter of an environment with the peers (loupe-bench/README.md). ANSWERS is the array's length (100000).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of an environment with uqlm, lm-polygraph and scikit-learn}
rounds=${2:-3}
THREADS=1
. loupe-bench/setup.sh

for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  bench dev.loupe.bench.AuditMetricsSpeed "$work/array" "${ANSWERS:-100000}" | sed 's/^{/{"by": "loupe", /' >> "$results"
  OPENBLAS_NUM_THREADS=1 "$python" loupe-bench/peer/audit_metrics.py "$work/array" >> "$results"
done
sort -t, -k2,2 -k1,1 "$results"
