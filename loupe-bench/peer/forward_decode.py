"""Prefill and decode of SmolLM2-135M-Instruct with transformers, one JSON line a measurement.

usage: forward_decode.py MODEL.gguf [--dtype float32|bfloat16] [--threads 2] [--repeat 3]

The weights are the GGUF's own, dequantised by gguf-py; the network is LlamaForCausalLM. Attention is transformers' default
(sdpa), only the last position is unembedded, and the decode loop calls the model directly, which is faster than generate().
"""

import argparse
import json
import time

import gguf
import numpy
import torch
from transformers import LlamaConfig, LlamaForCausalLM

PREFILL = (12, 64, 512, 2000)
DECODE = 128


def load(path, dtype):
    reader = gguf.GGUFReader(path)
    field = {name: f.contents() for name, f in reader.fields.items() if not name.startswith("tokenizer.ggml")}
    config = LlamaConfig(
        vocab_size=next(t for t in reader.tensors if t.name == "token_embd.weight").shape[1].item(),
        hidden_size=field["llama.embedding_length"],
        intermediate_size=field["llama.feed_forward_length"],
        num_hidden_layers=field["llama.block_count"],
        num_attention_heads=field["llama.attention.head_count"],
        num_key_value_heads=field["llama.attention.head_count_kv"],
        max_position_embeddings=field["llama.context_length"],
        rms_norm_eps=field["llama.attention.layer_norm_rms_epsilon"],
        rope_theta=field["llama.rope.freq_base"],
        tie_word_embeddings=True,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    model = model.to_empty(device="cpu")
    model.model.rotary_emb = type(model.model.rotary_emb)(config)
    names = {
        "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    }
    state = {}
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        part = tensor.name.split(".")
        if part[0] == "blk":
            heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}.get(part[2])
            if heads:  # the file pairs neighbouring dimensions, transformers pairs halves
                values = values.reshape(heads, -1, 2, values.shape[-1]).swapaxes(1, 2).reshape(values.shape)
            name = f"model.layers.{part[1]}.{names[part[2]]}.weight"
        else:
            name = {"token_embd": "model.embed_tokens.weight", "output_norm": "model.norm.weight"}[part[0]]
        state[name] = torch.from_numpy(numpy.array(values, dtype=numpy.float32))
    model.load_state_dict(state, strict=False)
    model.tie_weights()
    return model.to(dtype).eval()


def prompt(length):
    return torch.tensor([[(i * 7919 + 13) % 49000 for i in range(length)]])


def prefill(model, length):
    out = model(prompt(length), use_cache=True, logits_to_keep=1)
    return out.logits[0, -1].argmax().item()


def decode(model):
    out = model(prompt(12), use_cache=True, logits_to_keep=1)
    token = out.logits[:, -1].argmax(-1, keepdim=True)
    start = time.perf_counter()
    for _ in range(DECODE):
        out = model(token, past_key_values=out.past_key_values, use_cache=True, logits_to_keep=1)
        token = out.logits[:, -1].argmax(-1, keepdim=True)
    return time.perf_counter() - start, token.item()


def warm_up(work):
    start = time.perf_counter()
    while True:
        work()
        if time.perf_counter() - start > 2:
            return


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("model")
    arguments.add_argument("--dtype", default="float32")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--repeat", type=int, default=3)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    model = load(options.model, getattr(torch, options.dtype))

    def report(case, seconds, last):
        print(json.dumps({"engine": "transformers", "dtype": options.dtype, "case": case, "seconds": seconds,
                          "last": last}), flush=True)

    with torch.inference_mode():
        for length in PREFILL:
            warm_up(lambda: prefill(model, length))
            for _ in range(options.repeat):
                start = time.perf_counter()
                last = prefill(model, length)
                report(f"prefill {length}", time.perf_counter() - start, last)
        warm_up(lambda: decode(model))
        for _ in range(options.repeat):
            seconds, last = decode(model)
            report(f"decode {DECODE}", seconds, last)


if __name__ == "__main__":
    main()
