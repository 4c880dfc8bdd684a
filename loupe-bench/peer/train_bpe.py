"""Trains the vocabulary of a corpus with Hugging Face's tokenizers and compares it with Loupe's.

    python train_bpe.py CORPUS.jsonl.gz FOLDER

FOLDER holds the tokenizer.json that Loupe trained on the same texts. Says whether the two have the
same tokens under the same numbers and the same merges, and how long the training took here.
"""

import gzip
import json
import pathlib
import sys
import time

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers


def texts(corpus):
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            if "messages" in document:
                yield from (message["content"] for message in document["messages"])
            else:
                yield document["text"]


def main(corpus, folder):
    ours = json.loads((pathlib.Path(folder) / "tokenizer.json").read_text(encoding="utf-8"))
    expression = ours["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"]
    peer = Tokenizer(models.BPE())
    peer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(expression), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=len(ours["model"]["vocab"]),
        min_frequency=2,
        special_tokens=[token["content"] for token in ours["added_tokens"]],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    start = time.time()
    peer.train_from_iterator(texts(corpus), trainer)
    seconds = time.time() - start
    theirs = json.loads(peer.to_str())["model"]
    same_tokens = ours["model"]["vocab"] == theirs["vocab"]
    same_merges = [merge.split(" ") for merge in ours["model"]["merges"]] == theirs["merges"]
    print(f"tokens equal: {same_tokens}, merges equal: {same_merges}, {seconds:.1f} s here")
    return 0 if same_tokens and same_merges else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
