"""Encoding by token budget gives what Sentence Transformers give; fingerprints name the weights."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer

from isogloss.data.token_table import length_batches, unpadded_batches
from isogloss.encoders import encoder as room
from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import fingerprint_model
from isogloss.protocols import Encoder
from isogloss.samples import read_rows

TEXTS = [row["en"] for row in read_rows("held_out")[:40]] + [
    "",
    "word " * 200,
    "The same.",
    "The same.",
]


@pytest.fixture(scope="module")
def encoder(tiny_teacher: Path) -> SentenceEncoder:
    return load_encoder(tiny_teacher, precision="fp32")


def test_embeddings_are_those_of_sentence_transformers(
    encoder: SentenceEncoder, tiny_teacher: Path
) -> None:
    expected = SentenceTransformer(str(tiny_teacher), device="cpu").encode(TEXTS)
    embeddings = encoder.encode(TEXTS)
    assert embeddings.dtype == np.float32
    assert embeddings.shape == (len(TEXTS), encoder.dim)
    np.testing.assert_allclose(embeddings, expected, atol=1e-5)
    assert isinstance(encoder, Encoder)


def test_chunks_and_budget_change_nothing(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, heard = encoder.encode(TEXTS), list[int]()
    monkeypatch.setattr(room, "CHUNK", 7)
    monkeypatch.setattr(room, "TOKENS_PER_BATCH", 50)
    np.testing.assert_allclose(encoder.encode(TEXTS, progress=heard.append), expected, atol=1e-5)
    assert sum(heard) == len(TEXTS)
    assert max(heard) == 7


def test_batches_are_as_large_as_the_device_lets_them_be(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = list[int]()
    kept = encoder.model.forward

    def counted(read: dict[str, Any], **more: Any) -> Any:
        sizes.append(len(read["input_ids"]))
        return kept(read, **more)

    monkeypatch.setattr(encoder.model, "forward", counted)
    encoder.encode(TEXTS)
    on_cpu, few = len(sizes), len(set(TEXTS))
    assert max(sizes) < few
    monkeypatch.setattr(room, "tokens_at_once", lambda model, on_cpu: 1_000 * on_cpu)
    encoder.encode(TEXTS)
    assert sizes[on_cpu:] == [few]


def test_no_sentences_are_no_rows(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_a_prompt_stands_before_every_sentence(
    encoder: SentenceEncoder, tiny_teacher: Path
) -> None:
    prompted = load_encoder(tiny_teacher, precision="fp32", prompt="query: ")
    expected = encoder.encode(["query: the sun", "query: rain"])
    np.testing.assert_allclose(prompted.encode(["the sun", "rain"]), expected, atol=1e-6)


def test_a_prompt_is_not_pooled_where_the_model_says_so(tiny_teacher: Path, tmp_path: Path) -> None:
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    model.set_pooling_include_prompt(False)
    model.save_pretrained(str(tmp_path / "model"), create_model_card=False)
    prompted = load_encoder(tmp_path / "model", precision="fp32", prompt="tell me about: ")
    theirs = SentenceTransformer(str(tmp_path / "model"), device="cpu")
    expected = theirs.encode(TEXTS, prompt="tell me about: ")
    np.testing.assert_allclose(prompted.encode(TEXTS), expected, atol=1e-5)
    pooled = load_encoder(tiny_teacher, precision="fp32", prompt="tell me about: ").encode(TEXTS)
    assert np.abs(pooled - expected).max() > 0.01
    bare = load_encoder(tmp_path / "model", precision="fp32").encode(TEXTS)
    np.testing.assert_allclose(bare, theirs.encode(TEXTS), atol=1e-5)
    ids = prompted.with_prompt("").tokenize(TEXTS)
    np.testing.assert_allclose(prompted.encode_tokens(ids, role=None), bare, atol=1e-5)


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("static", [False, True])
def test_weights_in_half_precision_are_loaded_in_float32(
    tiny_teacher: Path, tmp_path: Path, half: torch.dtype, static: bool
) -> None:
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    if static:
        tokenizer = Tokenizer.from_file(str(tiny_teacher / "tokenizer.json"))
        table = StaticEmbedding(tokenizer, torch.rand(800, 8))
        model = SentenceTransformer(modules=[table], device="cpu")
    model.to(half).save_pretrained(str(tmp_path / "half"), create_model_card=False)
    loaded = load_sentence_transformer(tmp_path / "half", device="cpu").state_dict()
    assert {weight.dtype for weight in loaded.values()} == {torch.float32}
    for name, weight in model.state_dict().items():
        assert torch.equal(loaded[name], weight.float())


def test_bf16_stays_close(encoder: SentenceEncoder, tiny_teacher: Path) -> None:
    low = load_encoder(tiny_teacher, precision="bf16").encode(TEXTS)
    assert (low * encoder.encode(TEXTS)).sum(1).min() > 0.98
    assert (low != encoder.encode(TEXTS)).any()


def test_batches_hold_every_index_once_within_the_budget() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 300)
    batches = length_batches(lengths, 128)
    assert sorted(np.concatenate(batches).tolist()) == list(range(300))
    assert all(lengths[batch].max() * len(batch) <= 128 for batch in batches)
    assert length_batches(np.array([], np.int64), 128) == []
    assert [b.tolist() for b in length_batches(np.array([500]), 128)] == [[0]]


def test_batches_without_padding_hold_as_many_tokens_as_fit_the_longest_first() -> None:
    lengths = np.array([3, 500, 60, 3, 60, 9, 0])
    batches = [batch.tolist() for batch in unpadded_batches(lengths, 128)]
    assert batches == [[1], [2, 4], [5, 0, 3, 6]]
    assert unpadded_batches(np.array([], np.int64), 128) == []


def test_equal_texts_are_read_once(tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, read = load_encoder(tiny_teacher, precision="fp32"), []
    tokenize = encoder.tokenize

    def watched(texts: list[str], **more: Any) -> list[list[int]]:
        read.extend(texts)
        return tokenize(texts, **more)

    monkeypatch.setattr(encoder, "tokenize", watched)
    told: list[int] = []
    rows = encoder.encode(["a", "b", "a", "c", "b"], progress=told.append)
    assert read == ["a", "b", "c"]
    assert sum(told) == 5
    assert np.array_equal(rows, encoder.encode(["a", "b", "c"])[[0, 1, 0, 2, 1]])


@pytest.fixture
def copied(tiny_teacher: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_teacher, tmp_path / "copy"))


def test_the_fingerprint_is_that_of_the_content(tiny_teacher: Path, copied: Path) -> None:
    assert fingerprint_model(copied) == fingerprint_model(tiny_teacher)
    for name in ("run.json", "scores.json", "trim.json", "README.md"):
        (copied / name).write_text("an account")
    (copied / "work").mkdir()
    (copied / "work" / "facts.json").write_text("{}")
    assert fingerprint_model(copied) == fingerprint_model(tiny_teacher)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "config.json", "1_Pooling/config.json"]
)
def test_whatever_moves_embeddings_moves_the_fingerprint(
    tiny_teacher: Path, copied: Path, name: str
) -> None:
    content = bytearray((copied / name).read_bytes())
    content[-3] ^= 1
    (copied / name).write_bytes(content)
    assert fingerprint_model(copied) != fingerprint_model(tiny_teacher)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.onnx", "modeling_own.py"])
def test_weights_of_every_format_count_and_code(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"one")
    one = fingerprint_model(tmp_path)
    (tmp_path / name).write_bytes(b"two")
    assert fingerprint_model(tmp_path) != one


@pytest.mark.parametrize("by_name", [False, True])
def test_query_key_and_value_read_one_cast(tiny_teacher: Path, by_name: bool) -> None:
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    attention: Any = model[0].auto_model.encoder.layer[0].attention.self
    read: list[torch.Tensor] = []
    for name in ("query", "key", "value"):
        getattr(attention, name).register_forward_pre_hook(
            lambda module, args: read.append(args[0])
        )
    hidden = torch.randn(1, 3, 32)
    arguments = {"hidden_states": hidden} if by_name else {}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        attention(*([] if by_name else [hidden]), **arguments)
    assert read[0] is read[1] is read[2]
    assert read[0].dtype == torch.bfloat16
    read.clear()
    attention(*([] if by_name else [hidden]), **arguments)
    assert read[0] is hidden  # nothing is cast where nothing is asked for


def test_sharing_a_cast_changes_no_vector(tiny_teacher: Path) -> None:
    plain = SentenceTransformer(
        str(tiny_teacher), device="cpu", model_kwargs={"attn_implementation": "eager"}
    )
    ours = load_sentence_transformer(tiny_teacher, device="cpu")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        vectors = [model.encode(["the sun", "rain on the roof"]) for model in (plain, ours)]
    np.testing.assert_array_equal(*vectors)
