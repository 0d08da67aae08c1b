"""Pretrained students: any encoder, fitted to the teacher's width; others are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling
from transformers import (
    AutoConfig,
    AutoModel,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ModernBertConfig,
    MPNetConfig,
    PreTrainedConfig,
    XLMRobertaConfig,
)

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.errors import InputError, ModelShapeError
from isogloss.samples import read_rows
from isogloss.students.pretrained import Pretrained, build_pretrained, kept_tokens
from isogloss.students.settings import PretrainedSettings
from isogloss.students.transplant import build_transplant
from isogloss.training.network import StudentNetwork

SHAPE = {
    "vocab_size": 800,
    "hidden_size": 24,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 66,
    "initializer_range": 0.3,
}
CONFIGS: dict[str, PreTrainedConfig] = {
    "bert": BertConfig(**SHAPE),
    "xlm-roberta": XLMRobertaConfig(**SHAPE, pad_token_id=0, bos_token_id=2, eos_token_id=3),
    "mpnet": MPNetConfig(**SHAPE, pad_token_id=0, bos_token_id=2, eos_token_id=3),
    "deberta-v2": DebertaV2Config(**SHAPE),
    "distilbert": DistilBertConfig(
        vocab_size=800, dim=24, n_layers=4, n_heads=2, hidden_dim=32, max_position_embeddings=66
    ),
    "modernbert": ModernBertConfig(
        **SHAPE, pad_token_id=0, bos_token_id=2, cls_token_id=2, eos_token_id=3, sep_token_id=3
    ),
}
STACKS = {"distilbert": "transformer.layer", "modernbert": "layers"}
"""What families call their layers, where it is not "encoder.layer"."""
TEXTS = [row["en"] for row in read_rows("train")[:60]]


@pytest.mark.parametrize("family", CONFIGS)
def test_another_width_gets_a_projection_that_is_saved(
    family: str, encoder: Callable[..., Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    folder = encoder(CONFIGS[family])
    report = build_pretrained(str(folder), tiny_teacher, TEXTS, tmp_path / "s")
    assert (report.layers, report.projection, report.tokens_after) == (4, True, 800)
    model = SentenceTransformer(str(tmp_path / "s"), device="cpu")
    assert [type(m) for m in model][1:] == [Pooling, Dense, Normalize]
    embeddings = model.encode(TEXTS)
    assert embeddings.shape == (60, 32)
    ours = load_encoder(tmp_path / "s", precision="fp32").encode(TEXTS)
    np.testing.assert_allclose(ours, embeddings, atol=1e-5)
    body = SentenceTransformer(modules=list(model)[:2], device="cpu").encode(TEXTS)
    dense: Any = model[2]
    projected = body @ dense.linear.weight.detach().numpy().T
    projected /= np.linalg.norm(projected, axis=1, keepdims=True)
    np.testing.assert_allclose(embeddings, projected, atol=1e-5)


def test_a_projection_is_the_same_every_time(
    encoder: Callable[..., Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    folder = encoder(CONFIGS["bert"])
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        build_pretrained(
            str(folder), tiny_teacher, [], tmp_path / name, PretrainedSettings(seed=seed)
        )
    a, b, c = (load_encoder(tmp_path / n, precision="fp32").encode(TEXTS[:5]) for n in "abc")
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).max() > 0.01


def test_a_projection_learns(
    encoder: Callable[..., Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    build_pretrained(str(encoder(CONFIGS["bert"])), tiny_teacher, [], tmp_path / "s")
    network = StudentNetwork(load_sentence_transformer(tmp_path / "s", device="cpu"), None)
    network(torch.tensor([[2, 9, 3]]), torch.ones(1, 3, dtype=torch.int64))[:, 0].sum().backward()
    weight = network.state_dict()["model.2.linear.weight"]
    assert weight.shape == (32, 24)
    gradients = {n for n, p in network.named_parameters() if p.grad is not None}
    assert "model.2.linear.weight" in gradients


def test_an_encoder_of_the_teachers_width_is_saved_as_it_is(
    tiny_teacher: Path, tmp_path: Path
) -> None:
    out = tmp_path / "student"
    built = Pretrained(str(tiny_teacher), PretrainedSettings()).build(tiny_teacher, [], out)
    assert built.n_old is None
    assert (built.report["kind"], built.report["projection"]) == ("pretrained", False)
    texts = ["The sun is up.", "word " * 100]
    expected = load_encoder(tiny_teacher, precision="fp32").encode(texts)
    np.testing.assert_allclose(
        SentenceTransformer(str(out), device="cpu").encode(texts), expected, atol=1e-5
    )


@pytest.mark.parametrize("family", CONFIGS)
@pytest.mark.parametrize(
    ("settings", "kept"),
    [(PretrainedSettings(layer_stride=2), [0, 2]), (PretrainedSettings(layers=(0, 3)), [0, 3])],
)
def test_layers_can_be_left_out(
    family: str,
    settings: PretrainedSettings,
    kept: list[int],
    encoder: Callable[..., Path],
    tiny_teacher: Path,
    tmp_path: Path,
) -> None:
    folder = encoder(CONFIGS[family])
    report = build_pretrained(str(folder), tiny_teacher, [], tmp_path / "s", settings)
    assert report.layers == 2
    whole = AutoModel.from_pretrained(folder).state_dict()
    body: Any = load_sentence_transformer(tmp_path / "s", device="cpu")[0]
    small = body.auto_model.state_dict()
    stack = STACKS.get(family, "encoder.layer")
    for new, old in enumerate(kept):
        names = [n for n in small if n.startswith(f"{stack}.{new}.")]
        assert names
        for name in names:
            source = name.replace(f"{stack}.{new}.", f"{stack}.{old}.", 1)
            assert torch.equal(small[name], whole[source])


def test_a_layer_keeps_its_kind(
    encoder: Callable[..., Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    folder = encoder(CONFIGS["modernbert"])
    full, sliding = "full_attention", "sliding_attention"
    assert AutoConfig.from_pretrained(folder).layer_types == [full, sliding, sliding, full]
    settings = PretrainedSettings(layers=(0, 3))
    build_pretrained(str(folder), tiny_teacher, [], tmp_path / "s", settings)
    assert AutoConfig.from_pretrained(tmp_path / "s").layer_types == [full, full]


def test_a_layer_that_is_built_otherwise_cannot_be_replaced(
    encoder: Callable[..., Path], tiny_teacher: Path
) -> None:
    teacher = load_sentence_transformer(tiny_teacher, device="cpu")
    settings = PretrainedSettings(layers=(1, 2))
    with pytest.raises(InputError, match="layer 1 comes into the place of layer 0"):
        Pretrained(str(encoder(CONFIGS["modernbert"])), settings).check(teacher, [])


@pytest.mark.parametrize(
    ("family", "most"), [("bert", 66), ("xlm-roberta", 65), ("mpnet", 64), ("distilbert", 66)]
)
def test_input_is_no_longer_than_positions(
    family: str, most: int, encoder: Callable[..., Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    folder = str(encoder(CONFIGS[family]))
    teacher = load_sentence_transformer(tiny_teacher, device="cpu")
    with pytest.raises(InputError, match=rf"max_length is {most + 1}; expected at most {most}"):
        Pretrained(folder, PretrainedSettings(max_length=most + 1)).check(teacher, [])
    settings = PretrainedSettings(max_length=most)
    build_pretrained(folder, tiny_teacher, [], tmp_path / "s", settings)
    long = load_encoder(tmp_path / "s", precision="fp32").encode(["word " * 200])
    assert np.isfinite(long).all()


def test_without_a_table_of_positions_input_is_as_long_as_wished(
    encoder: Callable[..., Path], tiny_teacher: Path
) -> None:
    teacher = load_sentence_transformer(tiny_teacher, device="cpu")
    folder = str(encoder(CONFIGS["modernbert"]))
    Pretrained(folder, PretrainedSettings(max_length=1_000)).check(teacher, [])


def test_vectors_are_compared_as_the_teachers(
    encoder: Callable[..., Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    model.similarity_fn_name = "dot"
    model.save_pretrained(str(tmp_path / "dot"), create_model_card=False)
    build_pretrained(str(encoder(CONFIGS["bert"])), tmp_path / "dot", [], tmp_path / "s")
    assert SentenceTransformer(str(tmp_path / "s"), device="cpu").similarity_fn_name == "dot"


def test_pooling_and_length_are_the_users(
    encoder: Callable[..., Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    settings = PretrainedSettings(pooling="cls", max_length=16)
    build_pretrained(str(encoder(CONFIGS["bert"])), tiny_teacher, [], tmp_path / "s", settings)
    model = SentenceTransformer(str(tmp_path / "s"), device="cpu")
    pooling: Any = model[1]
    assert (pooling.pooling_mode, model.max_seq_length) == ("cls", 16)


@pytest.mark.parametrize(("default", "wanted"), [(None, ""), ("query", "query: ")])
def test_a_prompt_is_the_users_or_else_the_encoders(
    encoder: Callable[..., Path],
    tiny_teacher: Path,
    tmp_path: Path,
    default: str | None,
    wanted: str,
) -> None:
    model = load_sentence_transformer(encoder(CONFIGS["bert"]), device="cpu")
    model.prompts, model.default_prompt_name = {"query": "query: "}, default
    model.save_pretrained(str(tmp_path / "e"), create_model_card=False)
    for given, reads in ((None, wanted), ("", ""), ("of: ", "of: ")):
        settings = PretrainedSettings(prompt=given)
        build_pretrained(str(tmp_path / "e"), tiny_teacher, [], tmp_path / f"{given}", settings)
        student = SentenceTransformer(str(tmp_path / f"{given}"), device="cpu")
        expected = student.encode(reads + "the sun", prompt="")
        for embed in (student.encode, student.encode_query, student.encode_document):
            np.testing.assert_allclose(embed("the sun"), expected, atol=1e-6)


@pytest.fixture(scope="session")
def two(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of English and Ukrainian, with tokens of its own for both."""
    rows, folder = read_rows("train")[:300], tmp_path_factory.mktemp("two")
    pairs = ParallelSentences("en", "uk", [r["en"] for r in rows], [r["uk"] for r in rows])
    build_transplant(tiny_teacher, [pairs], folder)
    return folder


def test_a_vocabulary_is_trimmed_to_the_pairs(
    two: Path, tiny_teacher: Path, tmp_path: Path
) -> None:
    trim = PretrainedSettings(trim=True)
    report = build_pretrained(str(two), tiny_teacher, TEXTS, tmp_path / "s", trim)
    assert 800 <= report.tokens_after < report.tokens_before
    old, new = (load_encoder(n, precision="fp32").encode(TEXTS) for n in (two, tmp_path / "s"))
    np.testing.assert_allclose(new, old, atol=1e-5)


@pytest.mark.parametrize(
    ("large", "trim", "smaller"),
    [(500, None, True), (500, False, False), (50_000, None, False), (50_000, True, True)],
)
def test_a_large_vocabulary_is_trimmed_where_nothing_is_said_of_it(
    two: Path, monkeypatch: pytest.MonkeyPatch, large: int, trim: bool | None, smaller: bool
) -> None:
    monkeypatch.setattr("isogloss.students.pretrained.MANY_LANGUAGES", large)
    chosen = kept_tokens(load_sentence_transformer(two), TEXTS, PretrainedSettings(trim=trim))
    assert (chosen is not None) == smaller


def test_a_large_vocabulary_that_cannot_be_trimmed_stays_whole_unless_it_was_asked_for(
    tiny_teacher: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def cannot(*_: Any) -> None:
        raise ModelShapeError("its tokenizer is of another kind; expected WordPiece; leave it")

    monkeypatch.setattr("isogloss.students.pretrained.MANY_LANGUAGES", 500)
    monkeypatch.setattr("isogloss.students.pretrained.choose_tokens", cannot)
    model = load_sentence_transformer(tiny_teacher)
    assert kept_tokens(model, TEXTS, PretrainedSettings()) is None
    assert "stays whole: its tokenizer is of another kind" in caplog.text
    with pytest.raises(ModelShapeError):
        kept_tokens(model, TEXTS, PretrainedSettings(trim=True))


def test_configurations_agree_with_what_is_saved(
    encoder: Callable[..., Path], tiny_teacher: Path, tmp_path: Path
) -> None:
    build_pretrained(
        str(encoder(CONFIGS["mpnet"])),
        tiny_teacher,
        [],
        tmp_path / "s",
        PretrainedSettings(layer_stride=2),
    )
    assert AutoConfig.from_pretrained(tmp_path / "s").num_hidden_layers == 2
