"""Medians of train_gpt2.py and TrainSteps as a Markdown table.

usage: train_table.py RESULTS.jsonl
"""

import collections
import json
import statistics
import sys

TOKENS = 16 * 128
times, losses = collections.defaultdict(list), {}
for line in open(sys.argv[1]):
    row = json.loads(line)
    key = row["model"], row["optimizer"], row["dtype"]
    times[key, row["engine"]].append(row["seconds"])
    losses[key, row["engine"]] = row["loss"]

print("| model | optimiser | type | PyTorch, tokens/s | with plain attention | Loupe, tokens/s | Loupe is faster by | losses |")
print("|---|---|---|---|---|---|---|---|")
for key in dict.fromkeys(key for key, _ in times):
    found = {engine: statistics.median(times[key, engine]) for _, engine in times if (key, engine) in times}
    torch = min(seconds for engine, seconds in found.items() if engine != "loupe")
    speeds = [f"{TOKENS / found[engine]:,.0f}" if engine in found else "" for engine in ("torch fused", "torch plain", "loupe")]
    pair = " / ".join(f"{losses[key, engine]:.4f}" for engine in found)
    print(f"| {' | '.join(key)} | {' | '.join(speeds)} | {torch / found['loupe']:.2f} | {pair} |")
