"""Small texts in six languages, and small real tokenizers of every kind that know only English."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from ..wordpieces import train_wordpieces

State = dict[str, Any]

SENTENCES = Path(__file__).parent / "sentences.tsv"
"""Written for these tests: language, sentence."""

REPEATS = 4
"""Often enough for every word to reach the least count of a token."""


def read_text(code: str) -> list[str]:
    """The sentences of one language."""
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return [sentence for language, sentence in rows if language == code]


@pytest.fixture(scope="session")
def english() -> list[str]:
    return read_text("en")


@pytest.fixture(scope="session")
def languages() -> dict[str, list[str]]:
    return {code: read_text(code) * REPEATS for code in ("de", "uk", "ja", "hi", "ko")}


def _trained(tokenizer: Tokenizer, trainer: Any) -> State:
    tokenizer.train_from_iterator(read_text("en") * 3, trainer)
    state: State = json.loads(tokenizer.to_str())
    return state


def train_bert() -> State:
    """Uncased BERT: WordPiece, marks stripped."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = train_wordpieces(tokenizer, read_text("en") * 3, 500, special)
    tokenizer.model = models.WordPiece(vocabulary, unk_token="[UNK]")
    state: State = json.loads(tokenizer.to_str())
    return state


def train_roberta() -> State:
    """RoBERTa: BPE on bytes, <mask> as the last id."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    state = _trained(tokenizer, trainer)
    mask = len(state["model"]["vocab"])
    state["model"]["vocab"]["<mask>"] = mask
    state["added_tokens"].append(
        state["added_tokens"][0] | {"id": mask, "content": "<mask>", "lstrip": True}
    )
    return state


def train_clip() -> State:
    """CLIP and the first GPT: BPE on characters, marked at the end of a word, lowercased."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<unk>", "<pad>"],
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    return _trained(tokenizer, trainer)


def train_llama() -> State:
    """Llama: BPE on characters without pre-tokenizer, unknown ones as bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)],
        show_progress=False,
    )
    state = _trained(tokenizer, trainer)
    state["added_tokens"] = state["added_tokens"][:3]
    state["pre_tokenizer"] = None
    spaces = [
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    ]
    state["normalizer"] = {"type": "Sequence", "normalizers": spaces}
    return state


def train_xlmr(*, mask_is_piece: bool = True) -> State:
    """XLM-R: Unigram; <mask> is the last piece, or (DeBERTa) an added token behind it."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=500,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        unk_token="<unk>",
        show_progress=False,
    )
    state = _trained(tokenizer, trainer)
    mask = len(state["model"]["vocab"])
    if mask_is_piece:
        state["model"]["vocab"].append(["<mask>", 0.0])
    state["added_tokens"].append(state["added_tokens"][0] | {"id": mask, "content": "<mask>"})
    return state


def train_albert() -> State:
    """ALBERT: Unigram behind a normalizer that strips marks before it lowercases."""
    state = train_xlmr()
    steps = [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.normalizer = normalizers.Sequence(steps)
    changed: State = json.loads(tokenizer.to_str())
    return changed


TEACHERS: dict[str, Callable[[], State]] = {
    "bert": train_bert,
    "roberta": train_roberta,
    "clip": train_clip,
    "llama": train_llama,
    "xlmr": train_xlmr,
    "deberta": lambda: train_xlmr(mask_is_piece=False),
    "albert": train_albert,
}


@pytest.fixture(scope="session")
def teachers() -> dict[str, State]:
    """A parsed tokenizer.json of each kind."""
    return {name: train() for name, train in TEACHERS.items()}
