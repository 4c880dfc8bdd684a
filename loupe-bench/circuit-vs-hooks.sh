#!/usr/bin/env bash
# Effects of neurons and edges with Loupe and with PyTorch hooks on the same random GPT-2 small, one JSON line a measurement.
#
# usage: loupe-bench/circuit-vs-hooks.sh PYTHON
#
# PYTHON is the interpreter of an environment with torch, transformers, numpy and safetensors. THREADS sets the threads of both (2),
# TOKENS the length of the prompt (16), NEURONS how many neurons of every third layer and fourth position are ablated exactly (48).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?the interpreter of an environment with torch and transformers}
. loupe-bench/setup.sh

model=$work/gpt2
"$python" loupe-bench/peer/random_gpt2.py "$model"
bench dev.loupe.bench.CircuitEffects "$model" "${TOKENS:-16}" "${NEURONS:-48}" "$threads" 3
"$python" loupe-bench/peer/circuit_hooks.py "$model" "${TOKENS:-16}" "${NEURONS:-48}" --threads "$threads"
