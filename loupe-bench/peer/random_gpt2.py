"""Writes a model folder with GPT-2 small's dimensions and random weights, for benchmarks.

usage: random_gpt2.py FOLDER

Biases and gains are random too, so that a comparison notices when one is dropped. The tokenizer has a word for every id: the text
"w13 w7" is the tokens 13 and 7; prompt.txt holds 2,000 of them.
"""

import json
import pathlib
import sys

import numpy
from safetensors.numpy import save_file

LAYERS, WIDTH, HEADS, CONTEXT, VOCABULARY, SEED = 12, 768, 12, 1024, 50257, 11


def weights():
    random = numpy.random.default_rng(SEED)

    def matrix(*shape, scale):
        return random.standard_normal(shape, dtype=numpy.float32) * numpy.float32(scale)

    def norm(name):
        return {f"{name}.weight": 1 + matrix(WIDTH, scale=0.1), f"{name}.bias": matrix(WIDTH, scale=0.1)}

    def linear(name, inner, outer, scale):
        return {f"{name}.weight": matrix(inner, outer, scale=scale), f"{name}.bias": matrix(outer, scale=0.05)}

    tensors = {"wte.weight": matrix(VOCABULARY, WIDTH, scale=0.06), "wpe.weight": matrix(CONTEXT, WIDTH, scale=0.02)}
    for layer in range(LAYERS):
        block = f"h.{layer}"
        tensors |= norm(f"{block}.ln_1") | norm(f"{block}.ln_2")
        tensors |= linear(f"{block}.attn.c_attn", WIDTH, 3 * WIDTH, 0.04) | linear(f"{block}.attn.c_proj", WIDTH, WIDTH, 0.02)
        tensors |= linear(f"{block}.mlp.c_fc", WIDTH, 4 * WIDTH, 0.04) | linear(f"{block}.mlp.c_proj", 4 * WIDTH, WIDTH, 0.02)
    return tensors | norm("ln_f")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights(), folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_layer": LAYERS, "n_embd": WIDTH, "n_head": HEADS,
        "n_positions": CONTEXT, "n_ctx": CONTEXT, "vocab_size": VOCABULARY, "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True, "bos_token_id": 50256, "eos_token_id": 50256,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    tokenizer = {
        "version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {f"w{i}": i for i in range(VOCABULARY)}, "unk_token": "w0"},
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "prompt.txt").write_text(" ".join(f"w{(i * 7919 + 13) % VOCABULARY}" for i in range(CONTEXT)))


if __name__ == "__main__":
    main()
