"""EK-FAC influence by kronfluence, and the model and sequences on which both sides compute it.

usage: influence_kronfluence.py make FOLDER [--layers 4] [--width 256] [--documents 1000] [--length 64] [--queries 10]
       influence_kronfluence.py run FOLDER SCORES.json [--threads 2]

The labels are the sequences' own tokens, so that nothing is drawn; damping is a tenth of the mean of each map's eigenvalues on both
sides. Scores of the MLPs' maps. `run` prints one JSON line with its time from the opened model to all scores, and the largest
difference to Loupe's SCORES relative to the largest.
"""

import argparse
import json
import logging
import pathlib
import resource
import tempfile
import time

import torch
from torch import nn
from torch.nn import functional

VOCABULARY = 1000


def make(folder, args):
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(11)
    config = GPT2Config(vocab_size=VOCABULARY, n_positions=args.length, n_embd=args.width, n_layer=args.layers, n_head=args.width // 32,
                        bos_token_id=0, eos_token_id=0)
    model = GPT2LMHeadModel(config)
    for name, parameter in model.named_parameters():
        if "ln_" not in name:
            nn.init.normal_(parameter, std=0.05)
    model.save_pretrained(folder)
    tokenizer = {"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": {"type": "WhitespaceSplit"},
                 "post_processor": None, "decoder": None,
                 "model": {"type": "WordLevel", "vocab": {f"w{i}": i for i in range(VOCABULARY)}, "unk_token": "w0"}}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    draw = torch.Generator().manual_seed(12)
    rows = lambda count: torch.randint(VOCABULARY, (count, args.length), generator=draw).tolist()
    (folder / "data.json").write_text(json.dumps({"documents": rows(args.documents), "queries": rows(args.queries)}))


def linears(model):
    """GPT-2's Conv1D modules as nn.Linear, which kronfluence tracks."""
    from transformers.pytorch_utils import Conv1D

    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, Conv1D):
                inner, outer = child.weight.shape
                linear = nn.Linear(inner, outer)
                linear.weight.data.copy_(child.weight.data.t())
                linear.bias.data.copy_(child.bias.data)
                setattr(parent, name, linear)
    return model


def run(folder, args):
    from kronfluence.analyzer import Analyzer, prepare_model
    from kronfluence.arguments import FactorArguments, ScoreArguments
    from kronfluence.task import Task
    from transformers import GPT2LMHeadModel

    torch.set_num_threads(args.threads)
    logging.disable(logging.INFO)
    data = json.loads((folder / "data.json").read_text())
    layers = json.loads((folder / "config.json").read_text())["n_layer"]

    class Scores(Task):
        def get_influence_tracked_modules(self):
            return [f"transformer.h.{layer}.mlp.{name}" for layer in range(layers) for name in ("c_fc", "c_proj")]

        def losses(self, batch, model):
            logits = model(input_ids=batch["x"]).logits[:, :-1]
            return functional.cross_entropy(logits.transpose(1, 2), batch["x"][:, 1:], reduction="none")

        def compute_train_loss(self, batch, model, sample=False):
            return self.losses(batch, model).sum()

        def compute_measurement(self, batch, model):
            return self.losses(batch, model)[:, -1].sum()

    rows = lambda name: [{"x": torch.tensor(row)} for row in data[name]]
    task = Scores()
    model = prepare_model(linears(GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager")), task)
    with tempfile.TemporaryDirectory() as work:
        analyzer = Analyzer(analysis_name="bench", model=model, task=task, cpu=True, disable_tqdm=True, output_dir=work)
        start, cpu = time.perf_counter(), time.process_time()
        analyzer.fit_all_factors("factors", rows("documents"), per_device_batch_size=32,
                                 factor_args=FactorArguments(strategy="ekfac", use_empirical_fisher=True))
        analyzer.compute_pairwise_scores("scores", "factors", rows("queries"), rows("documents"), per_device_query_batch_size=10,
                                         per_device_train_batch_size=32, score_args=ScoreArguments(damping_factor=None))
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        scores = analyzer.load_pairwise_scores("scores")["all_modules"].double()
    other = torch.tensor(json.loads(pathlib.Path(args.scores).read_text()), dtype=torch.float64)
    print(json.dumps({"engine": "kronfluence", "seconds": round(seconds, 3), "cpu": round(cpu, 3),
                      "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                      "gap": float((scores - other).abs().max() / scores.abs().max())}))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=["make", "run"])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("scores", nargs="?")
    for name, value in dict(layers=4, width=256, documents=1000, length=64, queries=10, threads=2).items():
        arguments.add_argument(f"--{name}", type=int, default=value)
    args = arguments.parse_args()
    (make if args.what == "make" else run)(args.folder, args)


if __name__ == "__main__":
    main()
