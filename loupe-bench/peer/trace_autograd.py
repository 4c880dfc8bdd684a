"""The adjacency that Loupe traced, computed again with PyTorch's autograd, one JSON line a measurement.

usage: trace_autograd.py MODEL GRAPH.json [--threads 2] [--batch N]

MODEL is a GPT-2 folder or a Llama GGUF file. GRAPH.json is what dev.loupe.bench.TraceSweep wrote: tokens, nodes, rows. The peer
does not choose nodes, it is told them. For each target it computes gradient x activation for every neuron, token and position
and every bias, keeps the edges from listed nodes and sums the other neurons of each layer and position.

The frozen model in plain PyTorch: one forward pass finds attention patterns and norm denominators; a second one holds them as
constants, cuts the graph at every neuron's activation (a leaf), and is differentiated once for each target. With --batch N it does so
for N targets at once: a batch of identical prompts, one target in each, which is faster where a single prompt is too short to fill
the processor. Without it, a few sizes are tried on a few targets before the clock starts, and the fastest is taken. Weights require
no gradient, and a backward pass visits only the layers below its target.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import time

START = time.perf_counter()

import numpy
import torch
from torch.nn import functional


def gguf_llama(path):
    import gguf

    reader = gguf.GGUFReader(path)
    field = {name: f.contents() for name, f in reader.fields.items() if not name.startswith("tokenizer.ggml")}
    heads, kv_heads = field["llama.attention.head_count"], field["llama.attention.head_count_kv"]
    raw = {}
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        groups = heads if ".attn_q." in tensor.name else kv_heads if ".attn_k." in tensor.name else 0
        if groups:  # the file pairs neighbouring dimensions, the rotation below pairs halves
            values = values.reshape(groups, -1, 2, values.shape[-1]).swapaxes(1, 2).reshape(values.shape)
        raw[tensor.name] = torch.from_numpy(numpy.array(values, dtype=numpy.float32))
    layers = []
    for i in range(field["llama.block_count"]):
        part = {name: raw[f"blk.{i}.{name}.weight"] for name in (
            "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down", "attn_norm", "ffn_norm")}
        layers.append(dict(
            q=(part["attn_q"], None), k=(part["attn_k"], None), v=(part["attn_v"], None), o=(part["attn_output"], None),
            gate=(part["ffn_gate"], None), up=(part["ffn_up"], None), down=(part["ffn_down"], None),
            norm1=(part["attn_norm"], None), norm2=(part["ffn_norm"], None)))
    embedding = raw["token_embd.weight"]
    return dict(layers=layers, embedding=embedding, positions=None, unembedding=raw.get("output.weight", embedding),
                norm=(raw["output_norm.weight"], None), heads=heads, kv_heads=kv_heads, centred=False,
                eps=field["llama.attention.layer_norm_rms_epsilon"], base=field["llama.rope.freq_base"])


def folder_gpt2(path):
    from safetensors.torch import load_file

    config = json.loads((pathlib.Path(path) / "config.json").read_text())
    raw = load_file(pathlib.Path(path) / "model.safetensors")

    def linear(name):
        return raw.pop(name + ".weight").T.contiguous(), raw.pop(name + ".bias")

    def norm(name):
        return raw.pop(name + ".weight"), raw.pop(name + ".bias")

    layers = []
    for i in range(config["n_layer"]):
        weight, bias = linear(f"h.{i}.attn.c_attn")
        (qw, kw, vw), (qb, kb, vb) = (w.contiguous() for w in weight.chunk(3)), bias.chunk(3)
        layers.append(dict(
            q=(qw, qb), k=(kw, kb), v=(vw, vb), o=linear(f"h.{i}.attn.c_proj"), gate=None, up=linear(f"h.{i}.mlp.c_fc"),
            down=linear(f"h.{i}.mlp.c_proj"), norm1=norm(f"h.{i}.ln_1"), norm2=norm(f"h.{i}.ln_2")))
    return dict(layers=layers, embedding=raw["wte.weight"], positions=raw["wpe.weight"], unembedding=raw["wte.weight"],
                norm=norm("ln_f"), heads=config["n_head"], kv_heads=config["n_head"], centred=True,
                eps=config["layer_norm_epsilon"], base=None)


def rotate(x, base):
    length, size = x.shape[-2:]
    angle = torch.outer(torch.arange(length).double(), base ** (-torch.arange(0, size, 2).double() / size))
    cos, sin = (torch.cat([f(angle)] * 2, -1).float() for f in (torch.cos, torch.sin))
    return x * cos + torch.cat([-x[..., size // 2:], x[..., :size // 2]], -1) * sin


class Frozen:
    """One prompt; attention patterns and denominators found once."""

    def __init__(self, model, tokens):
        self.model, self.tokens = model, torch.tensor(tokens)
        self.patterns, self.scales = [], []
        with torch.no_grad():
            self.run(1, finding=True)

    def normed(self, x, norm, index, finding, leaves, kind, layer):
        gain, bias = norm
        if self.model["centred"]:
            x = x - x.mean(-1, keepdim=True)
        if finding:
            self.scales.append((x.square().mean(-1, keepdim=True) + self.model["eps"]).sqrt())
        out = x / self.scales[index] * gain
        return out if bias is None else out + self.leaf(bias, x.shape[0], leaves, kind, layer)

    @staticmethod
    def leaf(bias, batch, leaves, kind, layer):
        if leaves is None:
            return bias
        copy = bias.expand(batch, 1, -1).clone().requires_grad_()
        leaves.append((kind, layer, copy))
        return copy

    def run(self, batch, finding=False):
        """Leaves as (kind, layer, tensor [batch, pos, n]), values of the neurons by layer, and the final norm's output."""
        model = self.model
        leaves = None if finding else []

        def source(kind, layer, x):
            if finding:
                return x
            x = x.detach().expand(batch, -1, -1).clone().requires_grad_()
            leaves.append((kind, layer, x))
            return x

        def linear(x, part, kind=None, layer=None):
            weight, bias = part
            out = functional.linear(x, weight)
            return out if bias is None else out + (self.leaf(bias, batch, leaves, kind, layer) if kind else bias)

        values, length = [], len(self.tokens)
        x = source("token", -1, model["embedding"][self.tokens][None])
        if model["positions"] is not None:
            x = x + source("position", -1, model["positions"][:length][None])
        for i, part in enumerate(model["layers"]):
            read = self.normed(x, part["norm1"], 2 * i, finding, leaves, "attentionBias", i)

            def split(y, heads):
                return y.view(y.shape[0], length, heads, -1).transpose(1, 2)

            v = split(linear(read, part["v"], "attentionBias", i), model["kv_heads"])
            if finding:
                q, k = split(linear(read, part["q"]), model["heads"]), split(linear(read, part["k"]), model["kv_heads"])
                if model["base"]:
                    q, k = rotate(q, model["base"]), rotate(k, model["base"])
                k = k.repeat_interleave(model["heads"] // model["kv_heads"], 1)
                scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
                self.patterns.append(scores.masked_fill(torch.ones(length, length).triu(1).bool(), -torch.inf).softmax(-1))
            # Heads that share values are one product.
            pattern = self.patterns[i].view(1, model["kv_heads"], -1, length)
            mixed = (pattern @ v).view(x.shape[0], model["heads"], length, -1).transpose(1, 2).flatten(2)
            x = x + linear(mixed, part["o"], "attentionBias", i)
            read = self.normed(x, part["norm2"], 2 * i + 1, finding, leaves, "ownNorm", i)
            value = linear(read, part["up"], "own", i)
            values.append(value)
            with torch.no_grad():
                if part["gate"]:
                    activation = functional.silu(linear(read[:1].detach(), part["gate"])) * value[:1]
                else:
                    activation = functional.gelu(value[:1], approximate="tanh")
            x = x + linear(source("neuron", i, activation), part["down"], "mlpBias", i)
        last = self.normed(x, model["norm"], 2 * len(model["layers"]), finding, leaves, "ownNorm", len(model["layers"]))
        return leaves, values, last


class Adjacency:
    """Rows over the nodes of a graph."""

    def __init__(self, frozen, nodes, batch):
        self.frozen, self.batch = frozen, batch
        self.nodes = nodes
        self.index = {tuple(node): i for i, node in enumerate(nodes)}
        length = len(frozen.tokens)
        self.own = self.index["ownBias", -1, -1, -1]
        self.tokens = [self.index["token", -1, p, t] for p, t in enumerate(frozen.tokens.tolist())]
        self.listed, self.remainder = {}, {}
        for layer in range(len(frozen.model["layers"])):
            found = [(n[2], n[3], i) for i, n in enumerate(nodes) if n[0] == "neuron" and n[1] == layer]
            self.listed[layer] = torch.tensor(found, dtype=torch.long).reshape(-1, 3).unbind(1)
            self.remainder[layer] = [self.index.get(("remainder", layer, p, -1), -1) for p in range(length)]
        self.leaves, self.values, self.last = frozen.run(batch)
        self.mean = frozen.model["unembedding"].mean(0)
        # Leaves in the order of the forward pass: those before a target's layer can act on it.
        self.before = {}
        for layer in range(len(self.values) + 1):
            self.before[layer] = [
                leaf for leaf in self.leaves
                if leaf[1] < layer or (leaf[1] == layer and leaf[0] in ("attentionBias", "ownNorm", "own"))]

    def rows(self, targets):
        """At most a batch of targets, of one layer."""
        layer = self.layer(targets[0])
        total = 0
        for b, target in enumerate(targets):
            kind, _, position, unit = self.nodes[target]
            if kind == "logit":
                total = total + self.last[b, -1] @ (self.frozen.model["unembedding"][unit] - self.mean)
            else:
                total = total + self.values[layer][b, position, unit]
        leaves = self.before[layer]
        gradients = torch.autograd.grad(total, [leaf[2] for leaf in leaves], retain_graph=True, allow_unused=True)
        n = len(targets)
        rows = torch.zeros(n, len(self.nodes))
        for (kind, at, leaf), gradient in zip(leaves, gradients):
            if gradient is None:
                continue
            gradient, leaf = gradient[:n], leaf.detach()[:n]
            sums = torch.einsum("bpn,bpn->bp", gradient, leaf)
            if kind == "neuron":
                positions, units, columns = self.listed[at]
                edges = gradient[:, positions, units] * leaf[:, positions, units]
                rows[:, columns] = edges
                sums = sums.index_add(1, positions, edges, alpha=-1)
                held = [p for p, r in enumerate(self.remainder[at]) if r >= 0]
                rows[:, [self.remainder[at][p] for p in held]] = sums[:, held]
            elif kind == "token":
                rows[:, self.tokens] = sums
            elif kind == "position":
                rows[:, [self.index["position", -1, p, -1] for p in range(sums.shape[1])]] = sums
            elif kind in ("own", "ownNorm"):
                rows[:, self.own] += sums[:, 0]
            else:
                rows[:, self.index[kind, at, -1, -1]] += sums[:, 0]
        return rows

    def layer(self, target):
        return len(self.values) if self.nodes[target][0] == "logit" else self.nodes[target][1]

    def all(self, targets):
        found = {}
        for layer in sorted({self.layer(t) for t in targets}):
            here = [t for t in targets if self.layer(t) == layer]
            for i in range(0, len(here), self.batch):
                part = here[i:i + self.batch]
                found.update(zip(part, self.rows(part)))
        return found


def fastest(frozen, nodes, targets):
    """Batch sizes tried on targets in the middle of the model."""
    length, best = len(frozen.tokens), (float("inf"), 1)
    for batch in (1, 4, 16, 64):
        if batch * length > 2048:
            break
        adjacency = Adjacency(frozen, nodes, batch)
        middle = sorted(targets, key=lambda t: abs(adjacency.layer(t) - len(adjacency.values) // 2))
        layer = adjacency.layer(middle[0])
        sample = ([t for t in targets if adjacency.layer(t) == layer] * batch)[:batch]
        adjacency.rows(sample)
        start = time.perf_counter()
        adjacency.rows(sample)
        best = min(best, ((time.perf_counter() - start) / batch, batch))
    return best[1]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("model")
    arguments.add_argument("graph")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--batch", type=int, default=0, help="identical prompts in a batch; 0 tries")
    arguments.add_argument("--tune", action="store_true", help="only print the batch that is fastest")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    tuning = time.perf_counter()
    batch = options.batch
    if not batch and not options.tune:  # in a process of its own: what it takes is not the peer's
        batch = int(subprocess.check_output([sys.executable, __file__, *sys.argv[1:], "--tune"]))
    tuning = time.perf_counter() - tuning
    graph = json.loads(pathlib.Path(options.graph).read_text())
    nodes = [tuple(node) for node in graph["nodes"]]
    expected = {int(t): torch.tensor(row) for t, row in graph["rows"].items()}
    model = folder_gpt2(options.model) if pathlib.Path(options.model).is_dir() else gguf_llama(options.model)
    targets = list(expected)
    if options.tune:
        print(fastest(Frozen(model, graph["tokens"]), nodes, targets))
        return
    start, cpu = time.perf_counter(), time.process_time()
    adjacency = Adjacency(Frozen(model, graph["tokens"]), nodes, batch)
    rows = adjacency.all(targets)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    largest = max(row.abs().max().item() for row in expected.values())
    gaps = {t: (rows[t] - expected[t]).abs() for t in targets}
    gap = max(g.max().item() for g in gaps.values()) / largest
    # The strictest view: each row by its own largest edge.
    by_row = max((gaps[t].max() / expected[t].abs().max()).item() for t in targets)
    print(json.dumps({
        "engine": "autograd", "case": f"batch {batch}", "seconds": round(seconds, 4), "cpu": round(cpu, 4), "peak": peak,
        "process": round(time.perf_counter() - START - tuning, 2), "targets": len(targets), "gap": gap, "gapByRow": by_row}))


if __name__ == "__main__":
    main()
