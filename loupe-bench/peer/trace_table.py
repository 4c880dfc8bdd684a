"""Medians of trace measurements as a Markdown table.

usage: trace_table.py RESULTS.jsonl

Seconds are of attribution alone; CPU seconds are those of all threads and hold still when the machine does other things. Loupe's
peak is read when the graph of its first trace is whole; the ratio of a process counts its whole life with one trace.
"""

import collections
import json
import statistics
import sys

rows = collections.defaultdict(list)
for line in open(sys.argv[1]):
    row = json.loads(line)
    kind = "autograd" if row["engine"] == "autograd" else row["case"]
    rows[row["model"], row["tokens"], kind].append(row)


def median(found, key):
    return statistics.median(row[key] for row in found)


print("| model | tokens | targets | autograd, s (CPU s) | Loupe warm | Loupe cold | warm faster by (CPU) | cold faster by (CPU) "
      "| whole process | peak, MiB | peak ratio | largest difference |")
print("|---|---|---|---|---|---|---|---|---|---|---|---|")
for model, tokens in dict.fromkeys(key[:2] for key in rows):
    peer, warm, cold = (rows[model, tokens, kind] for kind in ("autograd", "warm", "cold"))
    if not (peer and warm and cold):
        continue
    time = {name: (median(found, "seconds"), median(found, "cpu")) for name, found in
            (("peer", peer), ("warm", warm), ("cold", cold))}
    text = {name: f"{wall:.1f} ({cpu:.1f})" for name, (wall, cpu) in time.items()}
    ratio = {name: f"{time['peer'][0] / time[name][0]:.1f} ({time['peer'][1] / time[name][1]:.1f})" for name in ("warm", "cold")}
    peaks = median(peer, "peak") / 2**20, median(cold, "peak") / 2**20
    print(f"| {model} | {tokens} | {cold[0]['targets']} | {text['peer']}, {peer[0]['case']} | {text['warm']} | {text['cold']} "
          f"| {ratio['warm']} | {ratio['cold']} | {median(peer, 'process') / median(cold, 'process'):.1f} "
          f"| {peaks[0]:.0f} / {peaks[1]:.0f} | {peaks[0] / peaks[1]:.2f} | {max(row['gap'] for row in peer):.1e} |")
