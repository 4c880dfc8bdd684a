"""Writes a random cross-layer transcoder in circuit-tracer's format for a GPT-2 folder, for benchmarks.

usage: synthetic_clt.py MODEL FOLDER [--features 49152] [--active 90] [--tokens 64]

MODEL is what random_gpt2.py wrote. Features read the stream after attention and write to the MLP outputs of their own and all later layers;
everything is bfloat16. The thresholds of each layer are those at which the first TOKENS tokens of prompt.txt but the very first, which traces
hold, have ACTIVE active features each over all layers, in the mean; decoders are as long as makes the features' writes about as large as what the MLPs add. Files are written
a block of features at a time, aside and then moved, and one that is there already is kept, so a run that was cut off goes on.
"""

import argparse
import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import GPT2LMHeadModel

BLOCK = 4096


def places(folder, count):
    """What the features read and the MLPs add in each layer after the first token: [count - 1, d_model] each."""
    model = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager").eval()
    reads, adds = [], []
    for block in model.transformer.h:
        block.ln_2.register_forward_pre_hook(lambda _, inputs: reads.append(inputs[0][0, 1:]))
        block.mlp.register_forward_hook(lambda *parts: adds.append(parts[2][0, 1:]))
    words = (folder / "prompt.txt").read_text().split()[:count]
    with torch.no_grad():
        model(torch.tensor([[int(word[1:]) for word in words]]))
    return reads, adds


def random(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def encoder(layer, folder, read, features, active):
    """Returns the mean activation of an active feature, for which a file that is there already is read again."""
    path, width = folder / f"W_enc_{layer}.safetensors", read.shape[1]
    rows = torch.cat(
        [(random(layer << 32 | start, min(BLOCK, features - start), width) / width**0.5).bfloat16() for start in range(0, features, BLOCK)])
    bias = (random(layer << 32 | features, features) * 0.05).bfloat16()
    values = torch.cat([part.float() @ read.T for part in rows.split(BLOCK)]) + bias.float()[:, None]
    threshold = values.flatten().topk(max(1, round(active * len(read)))).values.min().bfloat16()
    if not path.exists():
        parts = {
            f"W_enc_{layer}": rows, f"b_enc_{layer}": bias, f"b_dec_{layer}": (random(layer + 1, width) * 0.02).bfloat16(),
            f"threshold_{layer}": threshold.expand(features).contiguous()}
        aside = path.with_suffix(".part")
        save_file(parts, aside)
        aside.rename(path)
    return values[values > threshold.float()].mean().item()


def decoder(layer, folder, scales, features, width):
    path = folder / f"W_dec_{layer}.safetensors"
    if path.exists():
        return
    slots = len(scales)
    header = json.dumps({f"W_dec_{layer}": {
        "dtype": "BF16", "shape": [features, slots, width], "data_offsets": [0, features * slots * width * 2]}}).encode()
    header += b" " * (-len(header) % 8)
    aside = path.with_suffix(".part")
    with aside.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for start in range(0, features, BLOCK):
            block = random((layer + 64) << 32 | start, min(BLOCK, features - start), slots, width)
            file.write((block * torch.tensor(scales)[:, None]).bfloat16().view(torch.uint8).numpy().tobytes())
    aside.rename(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--features", type=int, default=49152)
    parser.add_argument("--active", type=float, default=90)
    parser.add_argument("--tokens", type=int, default=64)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    reads, adds = places(options.model, options.tokens)
    layers, width = len(reads), reads[0].shape[1]
    each = options.active / layers
    for layer in range(layers):
        value = encoder(layer, options.folder, reads[layer], options.features, each)
        # So many features write into a layer together, of independent directions.
        scales = [adds[to].square().mean().item() ** 0.5 / value / (each * (to + 1)) ** 0.5 for to in range(layer, layers)]
        decoder(layer, options.folder, scales, options.features, width)
        print(f"layer {layer}: mean activation {value:.3f}", flush=True)
    (options.folder / "config.yaml").write_text(
        "model_kind: cross_layer_transcoder\nfeature_input_hook: hook_resid_mid\nfeature_output_hook: hook_mlp_out\n")


if __name__ == "__main__":
    main()
