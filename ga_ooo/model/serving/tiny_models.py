"""Makes two tiny models with random weights, to try a real vLLM server without downloads.

Run it with the Python interpreter in which vLLM is installed (it needs torch, transformers and
tokenizers, on which this package does not depend)::

    VLLM_PYTHON -P ga_ooo/model/serving/tiny_models.py FOLDER [--seed 0]

It writes ``FOLDER/generative`` (a Llama of two layers with a chat template) and
``FOLDER/embedding`` (a BERT of two layers, mean-pooled). Their text has no meaning, but everything
else is real: tokens, sampling, structured outputs, scheduling, pooling. Equal seeds and library
versions give equal files.

This file imports nothing from this package, so that it runs where ga_ooo is not installed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONTEXT_TOKENS = 8192
"""Context length of both models. The tokenizer makes at most one token per byte, so the host's
longest prompts (about 6 KB) always fit."""

_VOCABULARY = 1024
_BOS, _EOS, _PAD = "<|begin|>", "<|end|>", "<|pad|>"
_ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
_SPECIAL = (_PAD, _BOS, _EOS, *_ROLES)
_CHAT_TEMPLATE = (
    "<|begin|>{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_SENTENCES = (
    "She is waking up and getting ready for the day, then making breakfast in the kitchen.",
    "He is going to the café at 8:00 am to meet a friend and talk about the election.",
    "The bed is being used. The stove is idle. The library table has books on it.",
    "On a scale of 1 to 10, where 1 is purely mundane and 10 is extremely poignant, rate it.",
    "Today is Monday February 13. From 09:00am to 12:00pm, they are planning on working.",
    '{"output": "yes"} {"answer": ["one", "two", "three"], "minutes": 45, "done": true}',
    "1) sleeping (duration in minutes: 60, minutes left: 360)",
    "What do we know about him? He is friendly, outgoing, patient and likes to paint.",
)


@dataclass(frozen=True)
class TinyModels:
    """Folders of the two models, for vLLM's ``--model``."""

    generative: Path
    embedding: Path


def make_tiny_models(python: Path, folder: Path, seed: int = 0) -> TinyModels:
    """Make the models with another Python interpreter, the one that has vLLM.

    Raises:
        subprocess.CalledProcessError: it lacks a library; ``stderr`` names it.
    """
    command = [str(python), "-P", __file__, str(folder), "--seed", str(seed)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return TinyModels(folder / "generative", folder / "embedding")


def _make_tokenizer() -> Any:
    from tokenizers import (  # type: ignore[import-not-found]  # only in vLLM's environment
        Tokenizer,
        decoders,
        models,
        pre_tokenizers,
        trainers,
    )
    from transformers import PreTrainedTokenizerFast  # type: ignore[import-not-found]  # as above

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=list(_SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_SENTENCES, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=_BOS,
        eos_token=_EOS,
        pad_token=_PAD,
        model_max_length=CONTEXT_TOKENS,
        chat_template=_CHAT_TEMPLATE,
    )


def _make_generative(folder: Path, tokenizer: Any) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT_TOKENS,
        # Larger than usual: the likelihoods of tokens then differ so much that rounding, which
        # depends on the batch, does not change which token is sampled.
        initializer_range=0.2,
        tie_word_embeddings=False,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _make_embedding(folder: Path, tokenizer: Any) -> None:
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT_TOKENS,
        pad_token_id=tokenizer.pad_token_id,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    # In the format of sentence-transformers: the vector is the mean over all tokens.
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "pool", "type": "sentence_transformers.models.Pooling"},
    ]
    pooling = {"word_embedding_dimension": config.hidden_size, "pooling_mode_mean_tokens": True}
    (folder / "pool").mkdir(exist_ok=True)
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "pool" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")


def main() -> None:
    import torch  # type: ignore[import-not-found]  # only in vLLM's environment

    parser = argparse.ArgumentParser(description="Make two tiny models with random weights.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    tokenizer = _make_tokenizer()
    for name, make in (("generative", _make_generative), ("embedding", _make_embedding)):
        torch.manual_seed(arguments.seed)
        target: Path = arguments.folder / name
        target.mkdir(parents=True, exist_ok=True)
        make(target, tokenizer)


if __name__ == "__main__":
    main()
