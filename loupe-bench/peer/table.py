"""Medians of forward_decode measurements as a Markdown table.

usage: table.py RESULTS.jsonl
"""

import collections
import json
import statistics
import sys

times = collections.defaultdict(list)
for line in open(sys.argv[1]):
    row = json.loads(line)
    times[row["dtype"], row["case"], row["engine"]].append(row["seconds"])

print("| type | case | transformers, s | Loupe, s | Loupe is faster by |")
print("|---|---|---|---|---|")
for dtype, case in dict.fromkeys(key[:2] for key in times):
    peer = statistics.median(times[dtype, case, "transformers"])
    loupe = statistics.median(times[dtype, case, "loupe"])
    print(f"| {dtype} | {case} | {peer:.3f} | {loupe:.3f} | {peer / loupe:.2f} |")
