"""Medians of attributions through a cross-layer transcoder as a Markdown table.

usage: clt_table.py RESULTS.jsonl

Seconds are of attribution alone; CPU seconds are those of all threads and hold still when the machine does other things. Both peaks
are read when the graph is whole; Loupe's is that of its first trace.
"""

import collections
import json
import statistics
import sys

rows = collections.defaultdict(list)
for line in open(sys.argv[1]):
    row = json.loads(line)
    rows[row["tokens"], "peer" if row["engine"] == "circuit-tracer" else row["case"]].append(row)


def median(found, key):
    return statistics.median(row[key] for row in found)


print("| tokens | targets | circuit-tracer, s (CPU s) | Loupe warm | Loupe cold | warm faster by (CPU) | cold faster by (CPU) "
      "| peak, MiB | peak ratio | same features | largest difference |")
print("|---|---|---|---|---|---|---|---|---|---|---|")
for tokens in dict.fromkeys(key[0] for key in rows):
    peer, warm, cold = (rows[tokens, name] for name in ("peer", "warm", "cold"))
    if not (peer and warm and cold):
        continue
    time = {name: (median(found, "seconds"), median(found, "cpu")) for name, found in
            (("peer", peer), ("warm", warm), ("cold", cold))}
    text = {name: f"{wall:.2f} ({cpu:.2f})" for name, (wall, cpu) in time.items()}
    ratio = {name: f"{time['peer'][0] / time[name][0]:.1f} ({time['peer'][1] / time[name][1]:.1f})" for name in ("warm", "cold")}
    peaks = median(peer, "peak") / 2**20, median(cold, "peak") / 2**20
    print(f"| {tokens} | {cold[0]['targets']} | {text['peer']}, {peer[0]['case']} | {text['warm']} | {text['cold']} | {ratio['warm']} "
          f"| {ratio['cold']} | {peaks[0]:.0f} / {peaks[1]:.0f} | {peaks[0] / peaks[1]:.2f} "
          f"| {'yes' if all(row['same'] for row in peer) else 'NO'} | {max(row['gap'] for row in peer):.1e} |")
