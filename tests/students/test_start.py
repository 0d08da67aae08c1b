"""A start in closed form: a map that is there is found, and what has none says so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling
from torch import nn

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.runs.descriptions import StudentDescription
from isogloss.samples import read_rows
from isogloss.students.linear_modules import keep_rotation, turn
from isogloss.students.pretrained import PretrainedSettings, build_pretrained
from isogloss.students.start import StartPairs, start_near_teacher
from isogloss.teachers.teacher import describe_model
from isogloss.vectors.similarity import normalize

ROWS = read_rows("train")
PAIRS = ParallelSentences("en", "de", [r["en"] for r in ROWS], [r["en"] for r in ROWS])
TRAIN, DEV = PAIRS.take(range(300)), PAIRS.take(range(300, 380))


@pytest.fixture
def start(tiny_teacher: Path) -> StartPairs:
    """Pairs whose two sides are the same sentence: what maps one maps the other."""
    teacher = load_encoder(tiny_teacher, precision="fp32")
    return StartPairs([TRAIN], {"de": DEV}, teacher.encode)


@pytest.fixture
def rotated(tiny_teacher: Path) -> SentenceTransformer:
    """The teacher itself, behind a random rotation and a shift."""
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    weight = torch.linalg.qr(torch.randn(32, 32, generator=torch.Generator().manual_seed(3)))[0]
    body: list[Any] = list(model)[:-1]
    turn = Dense(
        32, 32, activation_function=nn.Tanh(), init_weight=0.05 * weight, init_bias=torch.zeros(32)
    )
    return SentenceTransformer(modules=[*body, turn, Normalize()], device="cpu")


@pytest.mark.parametrize("method", ["auto", "ridge", "procrustes"])
def test_a_space_that_is_turned_is_turned_back(
    method: Any, rotated: SentenceTransformer, start: StartPairs, tiny_teacher: Path
) -> None:
    student, report, _ = start_near_teacher(rotated, start, method)
    assert report.fvu_before is not None and report.fvu_before > 1
    assert report.fvu is not None and report.fvu < 0.1
    assert report.accuracy == {"de": 1.0} and report.pairs == 300
    assert report.accuracy_before == {"de": 1.0}  # both sides are turned alike
    ours = student.encode(DEV.source)
    cosines = (ours * load_encoder(tiny_teacher, precision="fp32").encode(DEV.source)).sum(axis=1)
    assert cosines.mean() > 0.95
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)


def test_beside_a_fitted_map_of_unit_vectors_lies_the_rotation_that_it_can_be_turned_to(
    rotated: SentenceTransformer, start: StartPairs, tmp_path: Path
) -> None:
    body = SentenceTransformer(modules=list(rotated)[:-1], device="cpu").encode(DEV.source)
    student, _, rotation = start_near_teacher(rotated, start, "ridge")
    assert rotation is not None
    square = rotation.weight @ rotation.weight.T  # a rotation and a scale
    np.testing.assert_allclose(square, square[0, 0] * np.eye(32), atol=1e-9 * square[0, 0])
    student.save(str(tmp_path))
    fitted = student.encode(DEV.source)
    turn(student, tmp_path)
    np.testing.assert_array_equal(student.encode(DEV.source), fitted)  # none lies there
    keep_rotation(rotation, tmp_path)
    turn(student, tmp_path)
    np.testing.assert_allclose(student.encode(DEV.source), normalize(rotation(body)), atol=1e-5)
    loaded = SentenceTransformer(str(tmp_path), device="cpu")
    np.testing.assert_allclose(loaded.encode(DEV.source), fitted, atol=1e-6)  # it is not read


def test_there_is_no_rotation_beside_one_and_none_of_vectors_with_a_length(
    rotated: SentenceTransformer, start: StartPairs
) -> None:
    with_lengths = SentenceTransformer(modules=list(rotated)[:-1], device="cpu")
    assert start_near_teacher(rotated, start, "procrustes").rotation is None
    assert start_near_teacher(with_lengths, start, "ridge").rotation is None


def test_a_sample_is_spread_over_all_languages(start: StartPairs) -> None:
    parts = [TRAIN, TRAIN.take(range(100)), TRAIN.take(range(1))]
    sample = StartPairs(parts, start.dev, start.teacher).sample(train=40, dev=20)
    assert [len(part) for part in sample.train] == [29, 9, 1]
    assert sample.train[0].source[1] == TRAIN.source[10]
    assert len(sample.dev["de"]) == 20
    whole = start.sample(train=1_000, dev=500)
    assert list(whole.train[0]) == list(TRAIN) and list(whole.dev["de"]) == list(DEV)


def test_a_student_that_is_the_teacher_stays_as_it_is(
    start: StartPairs, tiny_teacher: Path
) -> None:
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    student, report, _ = start_near_teacher(model, start, "auto")
    assert student is model
    assert (report.method, report.penalty) == ("none", None)
    assert report.fvu == report.fvu_before and report.fvu is not None and report.fvu < 1e-3


def test_linear_projections_at_the_end_are_replaced_and_others_stay(
    rotated: SentenceTransformer, start: StartPairs
) -> None:
    body: list[Any] = list(rotated)[:-1]
    more = [
        Dense(32, width, activation_function=nn.Identity(), bias=bias)
        for width, bias in ((32, True), (32, False))
    ]
    given = SentenceTransformer(modules=[*body, *more, Normalize()], device="cpu")
    before = given.encode(DEV.source)
    student, report, _ = start_near_teacher(given, start, "ridge")
    assert [type(m).__name__ for m in student][1:] == ["Pooling", "Dense", "Dense", "Normalize"]
    np.testing.assert_allclose(given.encode(DEV.source), before, atol=1e-6)
    assert report.fvu is not None and report.fvu < 0.1


def test_a_narrower_encoder_starts_nearer_than_at_random_and_is_saved_so(
    encoder: Callable[..., Path], start: StartPairs, tiny_teacher: Path, tmp_path: Path
) -> None:
    from transformers import BertConfig

    config = BertConfig(
        vocab_size=800, hidden_size=24, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=66, initializer_range=0.3,
    )  # fmt: skip
    report = build_pretrained(str(encoder(config)), tiny_teacher, [], tmp_path / "s", start=start)
    assert report.start is not None and report.start.method in ("ridge", "procrustes")
    assert report.start.fvu is not None and report.start.fvu_before is not None
    assert report.start.fvu < 1.1 < report.start.fvu_before
    assert report.start.width == 24
    saved = load_encoder(tmp_path / "s", precision="fp32")
    teacher = load_encoder(tiny_teacher, precision="fp32").encode(DEV.source)
    errors = np.square(saved.encode(DEV.source) - teacher).sum()
    spread = np.square(teacher - teacher.mean(axis=0)).sum()
    assert errors / spread == pytest.approx(report.start.fvu, abs=0.02)


def test_none_leaves_the_projection_at_random(
    encoder: Callable[..., Path], start: StartPairs, tiny_teacher: Path, tmp_path: Path
) -> None:
    report = build_pretrained(
        str(tiny_teacher), tiny_teacher, [], tmp_path / "s", start=start, method="none"
    )
    assert report.start is None


def test_held_out_pairs_that_give_no_figure_are_no_bad_start(
    rotated: SentenceTransformer, start: StartPairs, caplog: pytest.LogCaptureFixture
) -> None:
    one = ParallelSentences("en", "de", ["The same."] * 5, ["Dasselbe."] * 5)
    report = start_near_teacher(rotated, replace(start, dev={"de": one}), "ridge").report
    assert report.fvu is None
    assert "inf" not in caplog.text


@pytest.fixture
def pooled_by_both(tiny_teacher: Path) -> StartPairs:
    """Pairs to a teacher whose vectors are half of the first token, and half of the mean."""
    body = load_sentence_transformer(tiny_teacher, device="cpu")[0]
    halves = torch.cat([torch.eye(32)[:16], torch.zeros(16, 32)]), torch.eye(32).roll(16, 0)
    weight = torch.cat([halves[0], halves[1] * (torch.arange(32) >= 16)[:, None]], dim=1)
    both = Pooling(32, ("cls", "mean"))
    turn = Dense(64, 32, bias=False, activation_function=nn.Identity(), init_weight=weight)
    teacher = SentenceTransformer(modules=[body, both, turn, Normalize()], device="cpu")
    return StartPairs([TRAIN], {"de": DEV}, lambda texts: teacher.encode(list(texts)))


def test_the_first_token_is_read_beside_the_mean_where_that_is_nearer(
    pooled_by_both: StartPairs, tiny_teacher: Path, tmp_path: Path
) -> None:
    reports = {
        pooling: build_pretrained(
            str(tiny_teacher),
            tiny_teacher,
            [],
            tmp_path / str(pooling),
            PretrainedSettings(pooling=pooling),
            start=pooled_by_both,
        ).start
        for pooling in (None, "mean")
    }
    free, fixed = reports[None], reports["mean"]
    assert free is not None and fixed is not None
    assert (free.pooling, fixed.pooling) == ("cls+mean", "mean")
    assert free.fvu is not None and fixed.fvu is not None and free.fvu < 0.1 < fixed.fvu
    saved = load_encoder(tmp_path / "None", precision="fp32")
    assert saved.model[1].pooling_mode == ("cls", "mean")
    described = StudentDescription().model_copy(update=describe_model(saved.model))
    assert '"pooling":["cls","mean"]' in described.model_dump_json()
    cosines = (saved.encode(DEV.source) * pooled_by_both.teacher(DEV.source)).sum(axis=1)
    assert cosines.mean() > 0.95


def test_the_mean_alone_stays_where_the_first_token_adds_nothing(
    start: StartPairs, rotated: SentenceTransformer
) -> None:
    body: list[Any] = list(rotated)[:2]
    plain = SentenceTransformer(modules=[*body, Normalize()], device="cpu")
    student, report, _ = start_near_teacher(plain, start, "procrustes", poolings=True)
    assert report.pooling == "mean"
    assert [type(m).__name__ for m in student][1:] == ["Pooling", "Dense", "Normalize"]
