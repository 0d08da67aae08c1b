"""The prompt of a use is the one that mteb and Sentence Transformers take."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.opening import open_encoder
from isogloss.encoders.prompts import prompt_for
from isogloss.errors import InputError
from isogloss.protocols import (
    BITEXT_MINING,
    DOCUMENT,
    QUERY,
    STS,
    Encoder,
    Role,
    encode_batches,
    prompt_of,
    read_for,
)

TEXTS = ["the sun", "rain on the roof", "a"]

GEMMA = {
    "query": "task: search result | query: ",
    "document": "title: none | text: ",
    "BitextMining": "task: search result | query: ",
    "STS": "task: sentence similarity | query: ",
    "Retrieval-query": "task: retrieval | query: ",
}
E5 = {"query": "query: ", "passage": "passage: "}
NAMES = [
    *("STS17", "STS17-query", "STS17-document", "STS", "STS-query"),
    *("Retrieval", "Retrieval-query", "Retrieval-document", "query", "document"),
]

Prompted = Callable[..., Path]


def test_a_use_finds_its_prompt() -> None:
    assert prompt_for(STS, GEMMA) == "task: sentence similarity | query: "
    assert prompt_for(BITEXT_MINING, GEMMA) == "task: search result | query: "
    assert prompt_for(QUERY, GEMMA) == "task: retrieval | query: "
    assert prompt_for(DOCUMENT, GEMMA) == "title: none | text: "
    assert prompt_for(Role("STS", task="STS17"), GEMMA | {"STS17": "one: "}) == "one: "
    assert [prompt_for(use, E5) for use in (QUERY, DOCUMENT, STS)] == ["query: ", "passage: ", ""]


def test_the_default_is_for_what_is_neither_query_nor_document() -> None:
    assert [prompt_for(use, E5, "query: ") for use in (STS, Role())] == ["query: ", "query: "]
    assert prompt_for(DOCUMENT, {"query": "query: "}, "query: ") == ""
    assert prompt_for(STS, {"STS": ""}, "query: ") == ""  # it has one, which is empty


@given(
    prompts=st.dictionaries(
        st.sampled_from(NAMES),
        st.sampled_from(["one: ", "two: ", "three: "]),
    ),
    side=st.sampled_from(["", "query", "document"]),
    kind=st.sampled_from(["STS", "Retrieval"]),
)
def test_the_order_is_mtebs(prompts: dict[str, str], side: str, kind: str) -> None:
    pytest.importorskip("mteb")
    from mteb.models.abs_encoder import get_prompt
    from mteb.types import PromptType

    metadata: Any = SimpleNamespace(name="STS17", type=kind)
    theirs = get_prompt(prompts, metadata, PromptType(side) if side else None)
    assert prompt_for(Role(kind, side, "STS17"), prompts, "default: ") == (
        theirs or ("" if side else "default: ")
    )


def test_a_model_is_read_as_sentence_transformers_read_it(prompted: Prompted) -> None:
    folder = prompted({"query": "query: ", "document": "passage: ", "sts": "compare: "}, "sts")
    theirs = SentenceTransformer(str(folder), device="cpu")
    ours = load_encoder(folder, precision="fp32")
    assert isinstance(ours, Encoder)
    for found, expected in (
        (ours, theirs.encode(TEXTS)),
        (read_for(ours, STS), theirs.encode(TEXTS, prompt_name="sts")),
        (read_for(ours, QUERY), theirs.encode_query(TEXTS)),
        (read_for(ours, DOCUMENT), theirs.encode_document(TEXTS)),
        (load_encoder(folder, precision="fp32", prompt=""), theirs.encode(TEXTS, prompt="")),
    ):
        np.testing.assert_allclose(found.encode(TEXTS), expected, atol=1e-5)
    by_role = ours.encode(TEXTS, role=QUERY)
    np.testing.assert_array_equal(by_role, read_for(ours, QUERY).encode(TEXTS))


def test_a_prompt_that_was_given_is_for_every_use(prompted: Prompted) -> None:
    for prompt in ("tell: ", ""):
        encoder = load_encoder(prompted(GEMMA, "STS"), prompt=prompt)
        assert {prompt_of(encoder, use) for use in (STS, QUERY, DOCUMENT, Role())} == {prompt}


def test_a_baseline_keeps_the_prompts_of_its_body(prompted: Prompted) -> None:
    folder = prompted({"sts": "compare: "}, "sts")
    baseline = open_encoder(f"cls:{folder}")
    bare = open_encoder(f"cls:{folder}", prompt="")
    assert isinstance(baseline, SentenceEncoder)
    assert baseline.prompt == "compare: "
    np.testing.assert_allclose(
        baseline.encode(TEXTS), bare.encode([f"compare: {text}" for text in TEXTS]), atol=1e-4
    )


def test_laser_takes_no_prompt() -> None:
    with pytest.raises(InputError, match=r"'laser:' was given the prompt 'query: '; expected none"):
        open_encoder("laser:", prompt="query: ")


def test_whatever_decides_vectors_is_in_the_fingerprint(prompted: Prompted) -> None:
    folder = prompted(E5, "query")
    own = load_encoder(folder, precision="fp32")
    others = [
        load_encoder(folder, precision="fp32", prompt=""),
        load_encoder(folder, precision="fp32", prompt="passage: "),
        load_encoder(folder, precision="bf16"),
        load_encoder(folder, precision="fp32"),
        load_encoder(folder, precision="fp32", pooling="cls"),
        open_encoder(f"cls:{folder}"),
    ]
    others[3].model.max_seq_length = 4
    assert {one.model_fingerprint for one in others[:4]} == {own.model_fingerprint}
    assert len({one.fingerprint for one in (own, *others)}) == 7
    same = own.with_prompt(own.prompt_for(DOCUMENT))
    assert same.fingerprint == others[1].fingerprint
    assert load_encoder(folder, precision="fp32").fingerprint == own.fingerprint


def test_a_stream_is_embedded_block_by_block(prompted: Prompted) -> None:
    encoder = load_encoder(prompted(E5), precision="fp32")
    read: list[str] = []
    texts = (read.append(text) or text for text in TEXTS)
    blocks = encode_batches(encoder, texts, role=QUERY, size=2)
    assert len(next(blocks)) == 2 == len(read)
    [rest] = blocks
    np.testing.assert_allclose(rest, encoder.encode(["query: a"]), atol=1e-5)
