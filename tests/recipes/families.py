"""Tiny tokenizers of families of encoders, each of the class that the family has."""

import json

from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    BertTokenizer,
    DistilBertTokenizer,
    MPNetTokenizer,
    PreTrainedTokenizerFast,
    XLMRobertaTokenizer,
)

from isogloss.samples import read_rows

from ..wordpieces import train_wordpieces

VOCABULARY = 1_200
"""Tokens of an encoder, of English, German and Ukrainian."""

LONGEST = 64
"""Tokens that an encoder reads."""


def train_text() -> list[str]:
    return [row[code] for code in ("en", "de", "uk") for row in read_rows("train")]


def word_pieces(special: list[str], *, lowercase: bool) -> dict[str, int]:
    """The vocabulary of BERT: special tokens first."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return train_wordpieces(tokenizer, train_text(), VOCABULARY, special)


def unigrams() -> list[tuple[str, float]]:
    """The vocabulary of XLM-R: padding is 1, the mask stands last."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        unk_token="<unk>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(train_text(), trainer)
    pieces = json.loads(tokenizer.to_str())["model"]["vocab"]
    return [*((piece, score) for piece, score in pieces), ("<mask>", 0.0)]


def byte_pairs() -> PreTrainedTokenizerFast:
    """The tokenizer of ModernBERT: BPE on bytes, all special tokens last."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(train_text(), trainer)
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    tokenizer.add_special_tokens(special)
    ends = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=ends
    )
    named = {f"{name.strip('[]').lower()}_token": name for name in special}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=LONGEST, **named)


def make_tokenizer(family: str) -> PreTrainedTokenizerFast:
    """A tokenizer of the family's own class, where it has one."""
    if family == "modernbert":
        return byte_pairs()
    if family == "xlm-roberta":
        return XLMRobertaTokenizer(vocab=unigrams(), model_max_length=LONGEST)
    if family == "mpnet":
        vocabulary = word_pieces(["<s>", "<pad>", "</s>", "<unk>", "[UNK]"], lowercase=True)
        vocabulary["<mask>"] = len(vocabulary)
        return MPNetTokenizer(vocab=vocabulary, model_max_length=LONGEST)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    kind = {"bert": BertTokenizer, "distilbert": DistilBertTokenizer}[family]
    vocabulary = word_pieces(special, lowercase=False)
    return kind(vocab=vocabulary, do_lower_case=False, model_max_length=LONGEST)
