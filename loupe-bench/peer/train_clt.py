"""Steps of a cross-layer transcoder in dense PyTorch, one JSON line; see dictionary-vs-torch.sh.

usage: train_clt.py ACTIVATIONS --features F --k K --batch N --steps N [--threads N] [--dtype float32|bfloat16]

ACTIVATIONS is the shard that dev.loupe.bench.DictionarySteps wrote. BatchTopK, decoder directions of length 1 over all layers, fused Adam:
the same dictionary, written as people write it, with autograd and dense products. With bfloat16 the products run under autocast.
"""

import argparse
import json
import resource
import statistics
import time

import torch
from safetensors.torch import load_file

WARM_UP = 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("activations")
    parser.add_argument("--features", type=int, required=True)
    parser.add_argument("--k", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", default="float32")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    stored = load_file(options.activations)
    layers = len(stored) // 2

    def scaled(name):
        values = stored[name]
        values -= values.mean(0)
        values /= values.square().mean().sqrt()
        return values

    inputs = [scaled(f"mlp_in.{layer}") for layer in range(layers)]
    outputs = [scaled(f"mlp_out.{layer}") for layer in range(layers)]
    width = inputs[0].shape[1]

    encoders, biases, decoders = [], [], []
    for layer in range(layers):
        encoder = torch.randn(options.features, width)
        encoders.append(torch.nn.Parameter(encoder / encoder.norm(dim=1, keepdim=True)))
        biases.append(torch.nn.Parameter(torch.zeros(options.features)))
        decoders.append(torch.nn.Parameter(torch.randn(layers - layer, options.features, width)))
    constants = [torch.nn.Parameter(torch.zeros(width)) for _ in range(layers)]

    @torch.no_grad()
    def unit():
        for decoder in decoders:
            decoder /= decoder.square().sum((0, 2)).sqrt()[None, :, None]

    unit()
    parameters = encoders + biases + decoders + constants
    adam = torch.optim.Adam(parameters, lr=1e-3, betas=(0.9, 0.999), fused=True)
    order = torch.randperm(inputs[0].shape[0])
    times, used, losses = [], [], []
    for step in range(options.steps):
        chosen = order[step * options.batch : (step + 1) * options.batch]
        batch_in = [values[chosen] for values in inputs]
        batch_out = [values[chosen] for values in outputs]
        began, cpu = time.perf_counter(), time.process_time()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.dtype == "bfloat16"):
            loss = 0
            active = []
            sums = [constant.expand(len(chosen), -1) for constant in constants]
            for layer in range(layers):
                pre = torch.nn.functional.linear(batch_in[layer], encoders[layer], biases[layer])
                cut = pre.detach().flatten().topk(options.k * len(chosen), sorted=False).values.min()
                active.append(torch.where(pre >= cut, pre.relu(), 0))
                for slot in range(layers - layer):
                    sums[layer + slot] = sums[layer + slot] + active[layer] @ decoders[layer][slot]
            for layer in range(layers):
                loss = loss + (sums[layer].float() - batch_out[layer]).square().mean()
        loss.backward()
        adam.step()
        adam.zero_grad(set_to_none=True)
        unit()
        times.append(time.perf_counter() - began)
        used.append(time.process_time() - cpu)
        losses.append(loss.item() / layers)
    row = {
        "engine": f"torch {options.dtype}",
        "seconds": statistics.median(times[WARM_UP:]),
        "cpu": statistics.median(used[WARM_UP:]),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "activations": sum(values.nbytes for values in inputs + outputs),
        "state": 3 * sum(parameter.nbytes for parameter in parameters),
        "losses": losses,
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
