"""Medians of train_gpt2.py and TrainSteps as a Markdown table.

usage: train_table.py RESULTS.jsonl
"""

import collections
import json
import statistics
import sys

TOKENS = 16 * 128
times, cpu, losses = collections.defaultdict(list), collections.defaultdict(list), {}
for line in open(sys.argv[1]):
    row = json.loads(line)
    key = row["model"], row["optimizer"], row["dtype"]
    times[key, row["engine"]].append(row["seconds"])
    cpu[key, row["engine"]].append(row["cpu"])
    losses[key, row["engine"]] = row["loss"]

engines = ("torch fused", "torch plain", "loupe")
print("| model | optimiser | type | PyTorch, tokens/s | with plain attention | Loupe | faster by | CPU s a step | CPU ratio | losses |")
print("|---|---|---|---|---|---|---|---|---|---|")
for key in dict.fromkeys(key for key, _ in times):
    found = [engine for engine in engines if (key, engine) in times]
    median = {engine: statistics.median(times[key, engine]) for engine in found}
    used = {engine: statistics.median(cpu[key, engine]) for engine in found}
    peers = [engine for engine in found if engine != "loupe"]
    print(
        f"| {' | '.join(key)} | {' | '.join(f'{TOKENS / median[engine]:,.0f}' for engine in found)} "
        f"| {min(median[peer] for peer in peers) / median['loupe']:.2f} "
        f"| {' / '.join(f'{used[engine]:.3f}' for engine in found)} "
        f"| {min(used[peer] for peer in peers) / used['loupe']:.2f} "
        f"| {' / '.join(f'{losses[key, engine]:.4f}' for engine in found)} |"
    )
