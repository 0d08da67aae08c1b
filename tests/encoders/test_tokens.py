"""What a model reads: special tokens where it wants them, cut where it or the caller says."""

from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer
from transformers import ByT5Tokenizer

from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.tokens import (
    fast_tokenizer,
    features,
    is_static,
    max_tokens,
    pad_id,
    tokenize,
)
from isogloss.errors import ModelShapeError


@pytest.fixture
def body(tiny_teacher: Path) -> SentenceTransformer:
    return load_sentence_transformer(tiny_teacher, device="cpu")


@pytest.fixture
def static(tiny_teacher: Path) -> SentenceTransformer:
    tokenizer = Tokenizer.from_file(str(tiny_teacher / "tokenizer.json"))
    table = torch.arange(1600.0).reshape(800, 2)
    return SentenceTransformer(modules=[StaticEmbedding(tokenizer, table)], device="cpu")


def test_a_body_reads_special_tokens_and_a_table_does_not(
    body: SentenceTransformer, static: SentenceTransformer
) -> None:
    [with_ends], [bare] = tokenize(body, ["the sun"]), tokenize(static, ["the sun"])
    assert with_ends[1:-1] == bare
    assert (is_static(body), is_static(static)) == (False, True)


def test_a_tokenizer_without_a_fast_version_is_refused(body: SentenceTransformer) -> None:
    first: Any = body[0]
    first.processor = ByT5Tokenizer()
    with pytest.raises(ModelShapeError, match=r"\(ByT5Tokenizer\) has no fast version"):
        tokenize(body, ["the sun"])


def test_the_nearer_limit_cuts(body: SentenceTransformer, static: SentenceTransformer) -> None:
    long = ["word " * 200]
    assert max_tokens(static) is None
    lengths = [
        len(ids) for m in (body, static) for n in (None, 9, 150) for ids in tokenize(m, long, n)
    ]
    most = max_tokens(body)
    whole = len(tokenize(static, long)[0])
    assert most is not None
    assert lengths == [most, 9, min(most, 150), whole, 9, 150]
    assert len(tokenize(static, long)[0]) == whole  # the limit of one call is not the next one's


def test_short_rows_are_filled_and_masked(body: SentenceTransformer) -> None:
    read = features(body, [[5, 6, 7], [8]])
    pad = pad_id(body)
    assert read["input_ids"].tolist() == [[5, 6, 7], [8, pad, pad]]
    assert read["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]


def test_a_bag_is_the_mean_of_its_rows_and_an_empty_one_is_zero(
    static: SentenceTransformer,
) -> None:
    read = features(static, [[5, 6, 7], [], [8]])
    assert read["offsets"].tolist() == [0, 3, 3]
    vectors = static(read)["sentence_embedding"]
    assert vectors.tolist() == [[12.0, 13.0], [0.0, 0.0], [16.0, 17.0]]


def test_the_options_of_the_tokenizer_stay_its_own(body: SentenceTransformer) -> None:
    own = fast_tokenizer(body.tokenizer)
    own.enable_truncation(7, stride=2, direction="left")
    own.enable_padding(length=12, pad_id=3, pad_token="[PAD]")
    before, [alone] = (own.truncation, own.padding), tokenize(body, ["the sun"])
    assert (own.truncation, own.padding) == before
    assert len(alone) < 12
    with pytest.raises(TypeError):
        tokenize(body, [None])  # type: ignore[list-item]
    assert (own.truncation, own.padding) == before
