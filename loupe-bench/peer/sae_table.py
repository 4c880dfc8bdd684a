"""The evaluations and times of dictionary-vs-saelens.sh as a Markdown table.

usage: sae_table.py FOLDER
"""

import json
import pathlib
import statistics
import sys

folder = pathlib.Path(sys.argv[1])


def loupe_step(name):
    """Tokens a second of the steps, the first tenth and the fillings of the buffer left out by the median."""
    lines = [json.loads(line) for line in open(folder / name / "metrics.jsonl")]
    return statistics.median(line["tokens_per_second"] for line in lines[len(lines) // 10 :])


def peer_step(name, batch):
    return batch / json.loads((folder / f"{name}.step").read_text())["step"]


batch = json.loads(open(folder / "sae" / "metrics.jsonl").readline())["tokens"]
rows = [("Loupe", "sae", loupe_step("sae"))]
rows += [(f"SAELens, rate {path.stem[8:]}", path.stem, peer_step(path.stem, batch)) for path in sorted(folder.glob("saelens-*.step"))]
rows += [("Loupe, transcoder", "plt", loupe_step("plt"))]
print("| | FVU | L0 | never active | loss recovered | next token agrees | divergence | tokens/s of a step |")
print("|---|---|---|---|---|---|---|---|")
for title, name, speed in rows:
    found = json.loads((folder / f"{name}.json").read_text())
    layer, replaced = found["layers"][0], found["replaced"][0]

    def figure(of, digits):
        return f"{of['value']:.{digits}f} [{of['low']:.{digits}f}, {of['high']:.{digits}f}]"

    print(
        f"| {title} | {figure(layer['fvu'], 4)} | {figure(layer['l0'], 1)} | {layer['dead']:,} of {layer['features']:,} "
        f"({layer['dead'] / layer['features']:.1%}) | {figure(replaced['lossRecovered'], 4)} | {figure(replaced['agreement'], 3)} "
        f"| {figure(replaced['divergence'], 4)} | {speed:,.0f} |"
    )
