"""An SAE trained by SAELens on activations that Loupe has kept, one JSON line; see dictionary-vs-saelens.sh.

usage: train_sae.py CACHE OUT --tap NAME --features F --k K --batch N --positions N --rate R
         [--dead-after POSITIONS] [--threads N] [--autocast] [--seed N]

CACHE holds the shards of "loupe dictionary train --cache". They are read in the order in which Loupe reads them, each shuffled whole.
SAELens's own trainer makes the steps: BatchTopK, decoder columns by its defaults, Adam, the rate up over the first fiftieth of the steps
and down to 0 over the last half, as Loupe does it. OUT is a folder in its format.
"""

import argparse
import json
import pathlib
import resource
import time

import torch
from safetensors import safe_open
from sae_lens.config import SAETrainerConfig
from sae_lens.saes.batchtopk_sae import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig
from sae_lens.training.sae_trainer import SAETrainer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cache", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--tap", required=True)
    parser.add_argument("--features", type=int, required=True)
    parser.add_argument("--k", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--positions", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--dead-after", type=int, help="positions of silence; SAELens counts steps, a thousand unless told")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--autocast", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    shards = sorted(options.cache.glob("shard-*.safetensors"))

    def batches():
        """Endless, as the trainer wants it; the last batch of a shard may be smaller."""
        while True:
            for shard in shards:
                with safe_open(shard, "pt") as stored:
                    values = stored.get_tensor(options.tap)
                order = torch.randperm(len(values))
                for start in range(0, len(values) - options.batch + 1, options.batch):
                    yield values[order[start : start + options.batch]]

    with safe_open(shards[0], "pt") as stored:
        width = stored.get_slice(options.tap).get_shape()[1]
    steps = options.positions // options.batch
    sae = BatchTopKTrainingSAE(
        BatchTopKTrainingSAEConfig(
            d_in=width,
            d_sae=options.features,
            k=options.k,
            device="cpu",
            dtype="float32",
            normalize_activations="expected_average_only_in",
            # Its default of 0.01 is for tens of thousands of steps: after a few hundred the threshold would still be on its way up from 0.
            topk_threshold_lr=max(0.01, 10 / steps),
        )
    )
    trainer = SAETrainer(
        cfg=SAETrainerConfig(
            total_training_samples=steps * options.batch,
            train_batch_size_samples=options.batch,
            lr=options.rate,
            lr_end=0.0,
            lr_warm_up_steps=steps // 50,
            lr_decay_steps=steps // 2,
            autocast=options.autocast,
            n_batches_for_norm_estimate=50,
            dead_feature_window=options.dead_after // options.batch if options.dead_after else 1000,
        ),
        sae=sae,
        data_provider=batches(),
    )
    stepping = trainer.step
    spent = []

    def timed(batch):
        began, cpu = time.perf_counter(), time.process_time()
        result = stepping(batch)
        spent.append((time.perf_counter() - began, time.process_time() - cpu))
        return result

    trainer.step = timed
    began = time.perf_counter()
    trainer.fit()
    whole = time.perf_counter() - began
    site, layer = options.tap.split(".")
    sae.cfg.metadata.hook_name = f"blocks.{layer}.hook_{site}"
    sae.save_inference_model(options.out)
    settled = sorted(spent[len(spent) // 10 :])
    seconds, cpu = settled[len(settled) // 2][0], sorted(c for _, c in settled)[len(settled) // 2]
    print(
        json.dumps(
            {
                "engine": "SAELens" + (" bfloat16" if options.autocast else ""),
                "steps": len(spent),
                "seconds": whole,
                "step": seconds,
                "cpu": cpu,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
