"""ICX360's own classes on the reference's prompts, for a comparison with loupe explain.

usage: explain_icx360.py MODEL.gguf MEXGEN.json lshap|clime

Prints one line of JSON: seconds and processor seconds of the method (the model is loaded and has run once), peak memory of the process, texts scored, scores.
SpaCy's segmenter is left out, since the units are given; nothing else of ICX360 is changed. One thread.
"""

import json
import os
import pathlib
import resource
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch
import transformers

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()

import icx360.algorithms.mexgen.mexgen as mexgen


class NoSegmenter:
    def __init__(self, name):
        pass


mexgen.SpaCySegmenter = NoSegmenter

from icx360.algorithms.mexgen.clime import CLIME
from icx360.algorithms.mexgen.lshap import LSHAP
from icx360.utils.model_wrappers.huggingface import HFModel


def main(file, reference, method):
    file = pathlib.Path(file)
    tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    model = transformers.AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    model.eval()
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    prompt = next(each for each in json.load(open(reference))["prompts"] if len(each["units"]) == 5)
    if method == "clime":
        texts = prompt["units"][0].split(" ") + prompt["units"][1:]
        kinds = ["w"] * len(prompt["units"][0].split(" ")) + ["n"] * 4
    else:
        texts, kinds = list(prompt["units"]), ["s"] * 5
    units = ["Context: "] + [each + " " for each in texts[:-1]] + [texts[-1], "\n\nQuestion: " + prompt["question"]]
    kinds = ["n"] + kinds + ["n"]
    counted = {"texts": 0}
    inner = model.forward

    def forward(*args, **more):
        ids = args[0] if args else more.get("input_ids", more.get("inputs_embeds"))
        counted["texts"] += len(ids)
        return inner(*args, **more)

    model.forward = forward
    with torch.no_grad():
        model(torch.tensor([[1, 2, 3]]))
    counted["texts"] = 0
    wall, used = time.perf_counter(), time.process_time()
    explainer = (LSHAP if method == "lshap" else CLIME)(HFModel(model, tokenizer))
    more = {"chat_template": True}
    options = {"model_params": more} if method == "clime" else {"model_params": more, "num_neighbors": 2, "max_units_replace": 2}
    found = explainer.explain_instance(units, kinds, output_orig=[prompt["target"]], ind_segment=False, **options)
    found = found["attributions"]
    scores = {key: [float(x) for x in value] for key, value in found.items() if key not in ("units", "unit_types")}
    print(
        json.dumps(
            {
                "method": method,
                "seconds": round(time.perf_counter() - wall, 2),
                "cpu": round(time.process_time() - used, 2),
                "peakMegabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "texts": counted["texts"],
                **scores,
            }
        )
    )


main(*sys.argv[1:])
