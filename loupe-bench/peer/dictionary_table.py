"""Medians of train_clt.py and DictionarySteps as a Markdown table.

usage: dictionary_table.py RESULTS.jsonl POSITIONS
"""

import collections
import json
import statistics
import sys

positions = int(sys.argv[2])
rows = collections.defaultdict(list)
for line in open(sys.argv[1]):
    row = json.loads(line)
    rows[row["engine"]].append(row)

fastest = min(statistics.median(row["cpu"] for row in found) for name, found in rows.items() if name.startswith("torch"))
print("| | tokens/s | CPU s a step | faster by, in CPU s | peak / (parameters + optimiser) | loss of each step |")
print("|---|---|---|---|---|---|")
for name, found in rows.items():
    seconds, cpu = (statistics.median(row[key] for row in found) for key in ("seconds", "cpu"))
    memory = max((row["peak"] - row["activations"]) / row["state"] for row in found)
    losses = " ".join(f"{loss:.3f}" for loss in found[-1]["losses"])
    print(f"| {name} | {positions / seconds:,.0f} | {cpu:.2f} | {fastest / cpu:.2f} | {memory:.2f} | {losses} |")
