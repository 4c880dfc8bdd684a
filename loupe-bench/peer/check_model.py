"""Checks that transformers and Loupe read the same network from a folder that the trainer wrote.

usage: check_model.py FOLDER            needs torch and transformers; prints the logits' largest difference and fails above 1e-3

Loupe's logits come from LOGITS.json beside the model, as dev.loupe.bench.ModelLogits writes them: the tokens and, for each
position, the logits.
"""

import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM

folder = pathlib.Path(sys.argv[1])
found = json.loads((folder / "LOGITS.json").read_text())
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
with torch.no_grad():
    logits = model(torch.tensor([found["tokens"]])).logits[0]
difference = (logits - torch.tensor(found["logits"])).abs().max().item()
print(f"{type(model).__name__}: {len(found['tokens'])} positions, largest logit {logits.abs().max():.3f}, difference {difference:.2e}")
sys.exit(difference > 1e-3)
