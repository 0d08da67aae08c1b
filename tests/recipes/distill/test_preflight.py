"""A pretrained student gets no new tokens: a run says which languages it cannot read."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.recipes.distill.pairs import RunPairs
from isogloss.recipes.distill.preflight import preflight
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.student import resolve_student
from isogloss.samples import read_rows

ROWS = read_rows("held_out")[:40]
JAPANESE = ["駅はどこですか。", "猫がWLANの上で寝ています。", "明日は雨が降るでしょう。"]

Check = Callable[[str], dict[str, float]]


@pytest.fixture
def check(recipe: DistillRecipe, tiny_teacher: Path, make_encoder: Callable[[str], Path]) -> Check:
    """The share of letters per language that an encoder of a family reads."""

    def shares(family: str) -> dict[str, float]:
        kind = family if family == "transplant" else str(make_encoder(family))
        source = [row["en"] for row in ROWS]
        texts = {code: [row[code] for row in ROWS] for code in ("de", "uk")} | {"ja": JAPANESE}
        parts = [ParallelSentences("en", code, source[: len(t)], t) for code, t in texts.items()]
        record: list[dict[str, object]] = [{"languages": f"en-{code}"} for code in texts]
        pairs = RunPairs("en", parts[:2], parts[2:], {}, [], record, list(texts))
        made = replace(recipe, student=StudentRecipe(kind))
        teacher = load_sentence_transformer(tiny_teacher, device="cpu")
        data = preflight(made, resolve_student(made.student).student, teacher, pairs).data
        return {row["languages"]: row["letters_read"] for row in data if "letters_read" in row}

    return shares


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said by us, not by a library."""
    return [r.getMessage() for r in caplog.records if r.name.startswith("isogloss")]


@pytest.mark.parametrize("family", ["xlm-roberta", "bert"])
def test_a_language_that_is_not_read_is_named(
    family: str, check: Check, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="isogloss"):
        shares = check(family)
    assert min(shares["en-de"], shares["en-uk"]) > 0.98
    assert shares["en-ja"] < 0.3
    [said] = warned(caplog)
    assert f"reads {100 * shares['en-ja']:.1f}% of the letters of Japanese (ja)" in said
    assert "expected at least 90%" in said
    assert "or use --student transplant" in said


@pytest.mark.parametrize("family", ["modernbert", "transplant"])
def test_bytes_read_everything_and_so_does_who_gets_tokens(
    family: str, check: Check, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="isogloss"):
        shares = check(family)
    assert set(shares.values()) == ({1.0} if family == "modernbert" else set())
    assert not warned(caplog)
