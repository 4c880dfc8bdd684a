"""What dev.loupe.bench.CircuitEffects measures, with PyTorch: transformers' GPT-2 with hooks, one JSON line a measurement.

usage: circuit_hooks.py MODEL TOKENS NEURONS [--threads 2] [--batch 32]

exact: a forward pass a neuron, a hook sets it to its value in the twin's run (loop); the same with --batch neurons a pass (batched).
attribution: (twin - clean) * gradient of every neuron, from one backward pass, summed over positions.
eap-ig: edges between heads and MLPs; each head's query, key and value read a copy of the stream of their own, five points along the inputs.
"""

import argparse
import json
import time

import torch
from torch.nn import functional
from transformers import GPT2LMHeadModel

CHANGED, STEPS, STRIDES = 3, 5, (389, 17, 7)
EVERY_LAYER, EVERY_POSITION = 3, 4


def measured(what, work):
    start, cpu = time.perf_counter(), time.process_time()
    effects = work()
    print(json.dumps({
        "engine": "torch", "what": what, "seconds": round(time.perf_counter() - start, 3), "cpu": round(time.process_time() - cpu, 3),
        "count": effects.numel(), "sum": float(f"{effects.double().abs().sum().item():.6g}")}), flush=True)


def metric(logits):
    return logits[:, -1, 5] - logits[:, -1, 9]


def activations(model, ids):
    seen = []
    hooks = [block.mlp.c_proj.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach())) for block in model.transformer.h]
    with torch.no_grad():
        logits = model(ids, logits_to_keep=1).logits
    for hook in hooks:
        hook.remove()
    return seen, metric(logits)[0]


def exact(model, clean, twin, neurons, batch):
    other, _ = activations(model, twin)
    _, before = activations(model, clean)
    length, width = clean.shape[1], other[0].shape[2]
    effects = []
    for layer in range(1, len(model.transformer.h), EVERY_LAYER):
        block = model.transformer.h[layer]
        places = range(1, length, EVERY_POSITION)
        nodes = [(p, (k * STRIDES[0] + layer * STRIDES[1] + p * STRIDES[2]) % width) for p in places for k in range(neurons)]
        for first in range(0, len(nodes), batch):
            some = nodes[first:first + batch]

            def hook(_, inputs):
                value = inputs[0].clone()
                for row, (position, neuron) in enumerate(some):
                    value[row, position, neuron] = other[layer][0, position, neuron]
                return (value,)

            handle = block.mlp.c_proj.register_forward_pre_hook(hook)
            with torch.no_grad():
                effects.append(metric(model(clean.expand(len(some), -1), logits_to_keep=1).logits) - before)
            handle.remove()
    return torch.cat(effects)


def attribution(model, clean, twin):
    other, _ = activations(model, twin)
    seen = []

    def hook(_, inputs):
        inputs[0].retain_grad()
        seen.append(inputs[0])

    handles = [block.mlp.c_proj.register_forward_pre_hook(hook) for block in model.transformer.h]
    embedded = model.transformer.wte(clean).detach().requires_grad_()
    metric(model(inputs_embeds=embedded, logits_to_keep=1).logits).sum().backward()
    for handle in handles:
        handle.remove()
    return torch.stack([((there - here.detach()) * here.grad).sum((0, 1)) for here, there in zip(seen, other)])


def split_run(model, stream, leaves):
    """The forward pass with a copy of the stream for each input; what each source puts out, in order."""
    config, outputs = model.config, [stream]
    heads, size = config.n_head, config.n_embd // config.n_head
    rows, length = stream.shape[:2]
    mask = torch.full((length, length), -torch.inf).triu(1)
    stream = stream + model.transformer.wpe.weight[:length]
    for block in model.transformer.h:
        weight = block.attn.c_attn.weight.view(-1, 3, heads, size)
        bias = block.attn.c_attn.bias.view(3, heads, size)
        parts = []
        for i in range(3):
            leaf = stream.unsqueeze(2).expand(-1, -1, heads, -1) + 0
            if leaves is not None:
                leaf.retain_grad()
                leaves.append(leaf)
            parts.append(torch.einsum("bphd,dhe->bhpe", block.ln_1(leaf), weight[:, i]) + bias[i].unsqueeze(1))
        query, key, value = parts
        pattern = (query @ key.transpose(-1, -2) / size**0.5 + mask).softmax(-1)
        projection = block.attn.c_proj.weight.view(heads, size, -1)
        mixed = torch.einsum("bhpe,hed->bphd", pattern @ value, projection)
        outputs.extend(mixed.unbind(2))
        stream = stream + mixed.sum(2) + block.attn.c_proj.bias
        leaf = stream + 0
        if leaves is not None:
            leaf.retain_grad()
            leaves.append(leaf)
        out = block.mlp(block.ln_2(leaf))
        outputs.append(out)
        stream = stream + out
    if leaves is not None:
        stream.retain_grad()
        leaves.append(stream)
    return outputs, metric(model.lm_head(model.transformer.ln_f(stream[:, -1:])))


def eap_ig(model, clean, twin):
    table = model.transformer.wte
    with torch.no_grad():
        mine, _ = split_run(model, table(clean), None)
        theirs, _ = split_run(model, table(twin), None)
        change = torch.stack([(b - a)[0] for a, b in zip(mine, theirs)]).flatten(1)
        start, end = table(twin), table(clean)
        points = torch.cat([start + k / STEPS * (end - start) for k in range(STEPS)])
    leaves = []
    points.requires_grad_()
    _, values = split_run(model, points, leaves)
    values.sum().backward()
    heads, layers = model.config.n_head, model.config.n_layer
    readers, sources_before, sources = [], [], 1
    for layer in range(layers):
        for i in range(3):
            readers.extend(leaves[4 * layer + i].grad.mean(0).transpose(0, 1).flatten(1))
            sources_before.extend([sources] * heads)
        sources += heads
        readers.append(leaves[4 * layer + 3].grad.mean(0).flatten())
        sources_before.append(sources)
        sources += 1
    readers.append(leaves[-1].grad.mean(0).flatten())
    sources_before.append(sources)
    scores = change @ torch.stack(readers).T
    return torch.cat([scores[:before, reader] for reader, before in enumerate(sources_before)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("tokens", type=int)
    parser.add_argument("neurons", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = GPT2LMHeadModel.from_pretrained(arguments.model, attn_implementation="eager", dtype=torch.float32).eval().requires_grad_(False)
    vocabulary = model.config.vocab_size
    clean = torch.tensor([[(i * 7919 + 13) % vocabulary for i in range(arguments.tokens)]])
    twin = clean.clone()
    twin[0, CHANGED] += 1
    with torch.no_grad():
        model(clean)
    measured("attribution", lambda: attribution(model, clean, twin))
    measured("eap-ig", lambda: eap_ig(model, clean, twin))
    measured("attribution", lambda: attribution(model, clean, twin))
    measured("eap-ig", lambda: eap_ig(model, clean, twin))
    measured("exact batched", lambda: exact(model, clean, twin, arguments.neurons, arguments.batch))
    measured("exact loop", lambda: exact(model, clean, twin, arguments.neurons, 1))


if __name__ == "__main__":
    main()
