"""How fast this machine reads the encoders of a dictionary that lie in memory: the bound on encoding.

usage: read_speed.py CLT [--threads 2]

Prints gigabytes a second of one pass that adds up every 8 bytes, the fastest of five; elapsed, and by a CPU second of one thread.
"""

import argparse
import pathlib
import time

import torch
from safetensors import safe_open


def encoders(folder):
    for path in sorted(pathlib.Path(folder).glob("W_enc_*.safetensors")):
        with safe_open(path, framework="pt") as file:
            yield file.get_tensor(path.stem).view(torch.int64).clone()


parser = argparse.ArgumentParser()
parser.add_argument("clt")
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
torch.set_num_threads(options.threads)
parts = list(encoders(options.clt))
size = sum(part.numel() for part in parts) * 8 / 1e9
elapsed, used = [], []
for _ in range(5):
    start, start_cpu = time.perf_counter(), time.process_time()
    for part in parts:
        part.sum()
    elapsed.append(time.perf_counter() - start)
    used.append(time.process_time() - start_cpu)
print(f"{size:.2f} GB: {size / min(elapsed):.1f} GB/s, {size / min(used):.1f} GB a CPU second")
