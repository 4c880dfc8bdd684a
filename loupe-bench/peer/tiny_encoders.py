"""Writes the two tiny ONNX encoders of the tests, and what they should give, computed with numpy in float64.

usage: tiny_encoders.py FOLDER        (needs onnx, tokenizers, numpy)

FOLDER/embedding: token vectors, pooled by their mean; FOLDER/entailment: logits of contradiction, neutral, entailment.
FOLDER/expected.json: values for some texts. The weights are random (seed 17) and mean nothing.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = "[PAD] [UNK] [CLS] [SEP] the a cat dog sleeps sits runs on mat rain snow falls is not warm cold . ,".split()
LONGEST = 16
WIDTH = 8
LABELS = ["contradiction", "neutral", "entailment"]


def tokenizer():
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    made.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    return made


def weights():
    draw = np.random.default_rng(17)
    return {
        "words": draw.normal(size=(len(WORDS), WIDTH)),
        "types": draw.normal(size=(2, WIDTH)),
        "mix": draw.normal(size=(WIDTH, WIDTH)),
        "head": draw.normal(size=(WIDTH, len(LABELS))) * 3,
    }


def model(numbers, is_classifier):
    ids, mask, types = (
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    )
    nodes = [
        helper.make_node("Gather", ["words", "input_ids"], ["word"]),
        helper.make_node("Gather", ["types", "token_type_ids"], ["type"]),
        helper.make_node("MatMul", ["word", "mix"], ["mixed"]),
        helper.make_node("Add", ["mixed", "type"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["tanh"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["tanh", "column"], ["last_hidden_state"]),
    ]
    names = ["words", "types", "mix"]
    out = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", WIDTH])
    if is_classifier:
        names.append("head")
        nodes.append(helper.make_node("ReduceMax", ["last_hidden_state", "first"], ["most"], keepdims=0))
        nodes.append(helper.make_node("MatMul", ["most", "head"], ["logits"]))
        out = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(LABELS)])
    constants = [numpy_helper.from_array(numbers[name].astype(np.float32), name) for name in names]
    constants.append(numpy_helper.from_array(np.array([2], dtype=np.int64), "last"))
    if is_classifier:
        constants.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "first"))
    graph = helper.make_graph(nodes, "tiny", [ids, mask, types], [out], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(made)
    return made


def hidden(numbers, encoding):
    wide = {name: value.astype(np.float32).astype(np.float64) for name, value in numbers.items()}
    return np.tanh(wide["words"][encoding.ids] @ wide["mix"] + wide["types"][encoding.type_ids]), wide


def embed(numbers, reader, text):
    states, _ = hidden(numbers, reader.encode(text))
    vector = states.mean(axis=0)
    return vector / np.linalg.norm(vector)


def infer(numbers, reader, premise, hypothesis):
    states, wide = hidden(numbers, reader.encode(premise, hypothesis))
    logits = states.max(axis=0) @ wide["head"]
    shares = np.exp(logits - logits.max())
    return dict(zip(LABELS, (shares / shares.sum()).tolist()))


def main(folder):
    reader, numbers = tokenizer(), weights()
    for name, is_classifier in (("embedding", False), ("entailment", True)):
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        onnx.save(model(numbers, is_classifier), place / "model.onnx")
        reader.save(str(place / "tokenizer.json"))
        config = {"model_type": "bert", "max_position_embeddings": LONGEST}
        if is_classifier:
            config["id2label"] = {str(i): label.upper() for i, label in enumerate(LABELS)}
        (place / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    texts = ["The cat sleeps.", "A dog runs on the mat.", "Rain falls, the cat is cold."]
    pairs = [("The cat sleeps on the mat.", "The cat runs."), ("Rain falls.", "Snow falls.")]
    long = "the cat is cold , the dog is warm , the rain falls on the mat , snow is cold"
    # [CLS], the words and [SEP]; of the pair also the second text's two words and [SEP].
    expected = {
        "embeddings": {text: embed(numbers, reader, text).tolist() for text in texts},
        "inferences": [[*pair, infer(numbers, reader, *pair)] for pair in pairs],
        "long": long,
        "longEmbedding": embed(numbers, reader, " ".join(long.split()[: LONGEST - 2])).tolist(),
        "longInference": infer(numbers, reader, " ".join(long.split()[: LONGEST - 5]), "cat sleeps"),
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main(pathlib.Path(sys.argv[1]))
