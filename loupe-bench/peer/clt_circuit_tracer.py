"""circuit-tracer's attribution of a prompt through a cross-layer transcoder, compared with Loupe's graph; one JSON line a measurement.

usage: clt_circuit_tracer.py MODEL CLT GRAPH.safetensors [--threads 2] [--batch 32] [--repeats 1] [--lazy-encoder]

MODEL is a GPT-2 folder, CLT one in circuit-tracer's format, GRAPH what dev.loupe.bench.DictionaryTrace wrote: the tokens, the nodes as
rows of kind, layer, position, unit, and the adjacency. Everything is computed in float32, decoders are read as they are needed. The time is
that of circuit_tracer.attribute; loading is left out, and of the memory too, as far as it is given back. The line has the largest difference
of an edge between features, errors, tokens and logits relative to the largest edge, and whether the sides list the same features.
"""

import argparse
import json
import pathlib
import time

START = time.perf_counter()

import torch
from circuit_tracer import attribute
from circuit_tracer.replacement_model.replacement_model_transformerlens import TransformerLensReplacementModel
from circuit_tracer.transcoder.cross_layer_transcoder import load_clt
from safetensors.torch import load_file
from transformer_lens import HookedTransformerConfig
from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights
from transformers import GPT2LMHeadModel


class Tokenizer:
    """As much of one as attribution asks for; the first token counts as special, so that none is added before it."""

    padding_side = "right"

    def __init__(self, first, vocabulary):
        self.all_special_ids = [first]
        self.vocab_size = vocabulary

    def decode(self, tokens, **_):
        return str(tokens)


def replacement_model(folder, clt, first):
    sizes = json.loads((pathlib.Path(folder) / "config.json").read_text())
    config = HookedTransformerConfig(
        n_layers=sizes["n_layer"], d_model=sizes["n_embd"], n_heads=sizes["n_head"], d_head=sizes["n_embd"] // sizes["n_head"],
        n_ctx=sizes["n_ctx"], d_vocab=sizes["vocab_size"], act_fn="gelu_new", normalization_type="LN", eps=sizes["layer_norm_epsilon"],
        model_name="gpt2", device="cpu")
    model = TransformerLensReplacementModel(config)
    model.load_state_dict(convert_gpt2_weights(GPT2LMHeadModel.from_pretrained(folder), config), strict=False)
    model._configure_replacement_model(clt)
    model.tokenizer = Tokenizer(first, sizes["vocab_size"])
    return model


def resident(key):
    for line in open("/proc/self/status"):
        if line.startswith(key):
            return int(line.split()[1]) * 1024


def compared(graph, nodes, adjacency):
    """Whether the features are the same, and the largest difference relative to the largest edge."""
    kinds = {"feature": 0, "error": 1, "token": 2, "logit": 3}
    index = {tuple(node): i for i, node in enumerate(nodes.tolist())}
    layers, positions = graph.cfg.n_layers, len(graph.input_tokens)
    mine = [(kinds["feature"], *feature) for feature in graph.active_features[graph.selected_features].tolist()]
    same = set(mine) == {node for node in index if node[0] == kinds["feature"]}
    mine += [(kinds["error"], layer, position, -1) for layer in range(layers) for position in range(positions)]
    mine += [(kinds["token"], -1, position, token) for position, token in enumerate(graph.input_tokens.tolist())]
    mine += [(kinds["logit"], -1, -1, target.vocab_idx) for target in graph.logit_targets]
    found = [i for i, node in enumerate(mine) if node in index]
    theirs = torch.tensor([index[mine[i]] for i in found])
    ours = graph.adjacency_matrix[found][:, found]
    gap = (adjacency[theirs][:, theirs] - ours).abs_().max()
    return same, (gap / ours.abs().max()).item(), len(mine) - len(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("clt")
    parser.add_argument("graph")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--lazy-encoder", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clt = load_clt(options.clt, device=torch.device("cpu"), dtype=torch.float32, lazy_encoder=options.lazy_encoder)
    tokens = load_file(options.graph)["tokens"].tolist()
    model = replacement_model(options.model, clt, tokens[0])
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak starts anew from what is resident now
    for _ in range(options.repeats):
        start, start_cpu = time.perf_counter(), time.process_time()
        graph = attribute(tokens, model, batch_size=options.batch)
        line = {
            "engine": "circuit-tracer", "case": f"batch of {options.batch}" + ", lazy encoder" * options.lazy_encoder,
            "seconds": time.perf_counter() - start, "cpu": time.process_time() - start_cpu, "peak": resident("VmHWM"),
            "process": time.perf_counter() - START, "targets": len(graph.selected_features) + len(graph.logit_targets)}
        loupe = load_file(options.graph)
        line["same"], line["gap"], line["missing"] = compared(graph, loupe["nodes"], loupe["adjacency"])
        print(json.dumps(line), flush=True)
        del graph, loupe


if __name__ == "__main__":
    main()
