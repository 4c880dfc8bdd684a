"""Trains a small GPT-2 with plain PyTorch: the same weights, rows and optimisers as dev.loupe.bench.TrainSteps.

usage: train_gpt2.py --make FOLDER --layers 4 --width 192          writes the weights with which both begin
       train_gpt2.py FOLDER --dtype bfloat16 --optimizer muon --threads 2 --steps 25 [--attention plain]

Prints one JSON line: the median of a step's seconds and the mean of its CPU seconds (the first five left out), and the last loss. Products are autocast, attention is
PyTorch's fused one unless "plain" is asked for, AdamW is the fused one, Muon the reference's algorithm over matrices of one shape at
a time (query, key and value apart), as Loupe has it.
"""

import argparse
import json
import math
import pathlib
import statistics
import time

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

HEADS, CONTEXT, VOCABULARY, ROWS, WARM_UP = 4, 128, 4096, 16, 5


def make(folder, layers, width):
    generator = torch.Generator().manual_seed(11)

    def matrix(*shape, scale=0.02):
        return torch.randn(*shape, generator=generator) * scale

    weights = {"transformer.wte.weight": matrix(VOCABULARY, width, scale=0.1), "transformer.wpe.weight": matrix(CONTEXT, width)}
    for layer in range(layers):
        for name, inner, outer in (
            ("attn.c_attn", width, 3 * width),
            ("attn.c_proj", width, width),
            ("mlp.c_fc", width, 4 * width),
            ("mlp.c_proj", 4 * width, width),
        ):
            weights[f"transformer.h.{layer}.{name}.weight"] = matrix(inner, outer)
            weights[f"transformer.h.{layer}.{name}.bias"] = torch.zeros(outer)
        for name in ("ln_1", "ln_2"):
            weights[f"transformer.h.{layer}.{name}.weight"] = torch.ones(width)
            weights[f"transformer.h.{layer}.{name}.bias"] = torch.zeros(width)
    weights["transformer.ln_f.weight"] = torch.ones(width)
    weights["transformer.ln_f.bias"] = torch.zeros(width)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    config = {
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": VOCABULARY, "n_positions": CONTEXT, "n_embd": width,
        "n_layer": layers, "n_head": HEADS, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1))


class Block(nn.Module):
    def __init__(self, width, plain):
        super().__init__()
        self.plain = plain
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask):
        rows, length, width = x.shape
        q, k, v = (part.view(rows, length, HEADS, -1).transpose(1, 2) for part in self.qkv(self.ln_1(x)).split(width, dim=2))
        if self.plain:
            scores = q @ k.transpose(2, 3) / math.sqrt(width // HEADS) + mask
            mixed = scores.softmax(-1).to(v.dtype) @ v
        else:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(rows, length, width))
        return x + self.down(F.gelu(self.up(self.ln_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self, layers, width, plain):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCABULARY, width), nn.Embedding(CONTEXT, width)
        self.blocks = nn.ModuleList(Block(width, plain) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)
        self.register_buffer("mask", torch.full((CONTEXT, CONTEXT), -math.inf).triu(1))

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions.weight
        for block in self.blocks:
            x = block(x, self.mask)
        logits = F.linear(self.ln_f(x), self.tokens.weight)
        return F.cross_entropy(logits.view(-1, VOCABULARY), targets.reshape(-1))

    def load(self, weights):
        names = {"ln_1": "ln_1", "ln_2": "ln_2", "qkv": "attn.c_attn", "out": "attn.c_proj", "up": "mlp.c_fc", "down": "mlp.c_proj"}
        with torch.no_grad():
            self.tokens.weight.copy_(weights["transformer.wte.weight"])
            self.positions.weight.copy_(weights["transformer.wpe.weight"])
            for layer, block in enumerate(self.blocks):
                for ours, theirs in names.items():
                    stored = weights[f"transformer.h.{layer}.{theirs}.weight"]
                    getattr(block, ours).weight.copy_(stored if stored.dim() == 1 else stored.T)
                    getattr(block, ours).bias.copy_(weights[f"transformer.h.{layer}.{theirs}.bias"])


class Muon(torch.optim.Optimizer):
    def __init__(self, matrices, lr, momentum, weight_decay, dtype):
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self.dtype = dtype

    @torch.no_grad()
    def step(self):
        group = self.param_groups[0]
        by_shape = {}
        for parameter in group["params"]:
            state = self.state[parameter]
            average = state.setdefault("average", torch.zeros_like(parameter))
            average.lerp_(parameter.grad, 1 - group["momentum"])
            update = parameter.grad.lerp(average, group["momentum"])
            rows, columns = update.shape
            parts = update.split(columns) if rows == 3 * columns else [update]
            for part, target in zip(parts, parameter.split(columns) if rows == 3 * columns else [parameter]):
                wide = part if part.shape[0] <= part.shape[1] else part.T
                by_shape.setdefault(tuple(wide.shape), []).append((wide, target, part.shape[0] > part.shape[1]))
        for members in by_shape.values():
            x = torch.stack([wide for wide, _, _ in members])
            x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).to(self.dtype)
            for _ in range(5):
                gram = x @ x.mT
                x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
            for update, (_, target, tall) in zip(x, members):
                target.mul_(1 - group["lr"] * group["weight_decay"])
                scale = math.sqrt(max(1, target.shape[0] / target.shape[1]))
                target.add_((update.T if tall else update).to(target.dtype), alpha=-group["lr"] * scale)


def rows_of(step):
    """Token t of row r is a hash of 129 · r + t."""
    first = (step - 1) * ROWS
    places = torch.arange(first * (CONTEXT + 1), (first + ROWS) * (CONTEXT + 1))
    return ((places * 2654435761) % 2**32 // 2**20).view(ROWS, CONTEXT + 1)


def train(arguments):
    torch.set_num_threads(arguments.threads)
    weights = load_file(arguments.folder / "model.safetensors")
    layers = sum(name.endswith("c_fc.bias") for name in weights)
    model = Gpt2(layers, weights["transformer.wte.weight"].shape[1], arguments.attention == "plain")
    model.load(weights)
    narrow = arguments.dtype == "bfloat16"
    matrices = [p for p in model.blocks.parameters() if p.dim() == 2] if arguments.optimizer == "muon" else []
    chosen = {id(p) for p in matrices}
    decayed = [p for p in model.blocks.parameters() if p.dim() == 2 and id(p) not in chosen]
    chosen |= {id(p) for p in decayed}
    rest = [p for p in model.parameters() if id(p) not in chosen]
    groups = [{"params": rest, "weight_decay": 0.0}] + ([{"params": decayed, "weight_decay": 0.02}] if decayed else [])
    optimizers = [torch.optim.AdamW(groups, lr=2e-3, betas=(0.9, 0.98), eps=1e-8, fused=True)]
    if matrices:
        optimizers.append(Muon(matrices, 0.02, 0.95, 0.02, torch.bfloat16 if narrow else torch.float32))
    seconds, cpu = [], []
    for step in range(1, arguments.steps + 1):
        began, used = time.perf_counter(), time.process_time()
        ids = rows_of(step)
        with torch.autocast("cpu", torch.bfloat16, enabled=narrow):
            loss = model(ids[:, :-1], ids[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        last = loss.item()
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    print(
        json.dumps(
            {
                "engine": "torch " + arguments.attention, "model": f"{layers}x{model.tokens.weight.shape[1]}",
                "dtype": arguments.dtype, "optimizer": arguments.optimizer,
                "seconds": statistics.median(seconds[WARM_UP:]), "cpu": statistics.mean(cpu[WARM_UP:]), "loss": last,
            }
        )
    )


parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--make", action="store_true")
parser.add_argument("--layers", type=int, default=4)
parser.add_argument("--width", type=int, default=192)
parser.add_argument("--dtype", default="bfloat16")
parser.add_argument("--optimizer", default="muon")
parser.add_argument("--attention", default="fused")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=25)
parsed = parser.parse_args()
if parsed.make:
    make(parsed.folder, parsed.layers, parsed.width)
else:
    train(parsed)
