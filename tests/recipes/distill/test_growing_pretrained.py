"""A finished student of a pretrained encoder learns another language with the tokens it has."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isogloss.encoders.encoder import load_encoder
from isogloss.errors import InputError
from isogloss.recipes.distill.dry_run import plan
from isogloss.recipes.distill.prepare import prepare
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.distill.student import resolve_student
from isogloss.runs.lifecycle import RunLog
from isogloss.samples import read_rows
from isogloss.students.settings import PretrainedSettings
from isogloss.training.distill.settings import TrainSettings

from .test_growing import figures, grown, run_of, spanish

__all__ = ["spanish"]


@pytest.fixture(scope="module")
def encoder(
    recipe: DistillRecipe,
    make_encoder: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> DistillRecipe:
    """A finished student of XLM-R, trimmed to English and German."""
    made = replace(
        recipe,
        out=str(tmp_path_factory.mktemp("finished") / "xlmr"),
        student=StudentRecipe(
            str(make_encoder("xlm-roberta")),
            pretrained=PretrainedSettings(trim=True),
            start="none",
        ),
        training=TrainSettings(
            epochs=1.0,
            tokens_per_batch=512,
            learning_rate=2e-3,
            warmup_steps=3,
            precision="fp32",
            checkpoint_minutes=9.0,
        ),
    )
    distill(made)
    return made


def test_a_pretrained_student_learns_more_with_the_tokens_it_has(
    encoder: DistillRecipe, spanish: str, tmp_path: Path
) -> None:
    more = grown(encoder, spanish, tmp_path / "more")
    result = distill(more)
    assert [row.languages for row in result.record.data] == ["en-es", "en-de"]
    earlier = json.loads((Path(encoder.out) / "run.json").read_text("utf-8"))["student"]
    student = result.record.student
    assert student.kind == resolve_student(more.student).student.kind == "pretrained"
    assert student.tokens_before == student.tokens_after == earlier["tokens_after"]
    assert student.parameters == earlier["parameters"]
    texts = [row[code] for row in read_rows("held_out")[:20] for code in ("en", "de", "es")]
    given, begun, ended = (
        load_encoder(folder, precision="fp32").encode(texts)
        for folder in (Path(encoder.out), result.folder / "untrained", result.folder)
    )
    np.testing.assert_allclose(begun, given, atol=1e-6)
    assert np.abs(ended - given).max() > 0.01
    rows = result.evaluation.rows()
    fvu = ("health", "fvu_target", "held-out pairs")
    assert figures(rows, "trained", "en-es")[fvu] < figures(rows, "before", "en-es")[fvu]


def test_a_pretrained_student_that_cannot_read_a_language_says_so(
    encoder: DistillRecipe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    corpus = tmp_path / "uk.tsv"
    rows = read_rows("train")[:200]
    corpus.write_text("".join(f"{r['en']}\t{r['uk']}\n" for r in rows), encoding="utf-8")
    more = grown(encoder, f"en-uk={corpus}", tmp_path / "more")
    unread = "% of the letters of Ukrainian (uk), the others are unknown"
    with caplog.at_level(logging.WARNING, logger="isogloss"):
        told = plan(more)
    assert caplog.text.count(unread) == 1
    ukrainian, german = (row["letters_read"] for row in told["data"])
    assert ukrainian < 0.05
    assert german > 0.99
    caplog.clear()
    facts = prepare(more, [], RunLog()).facts
    assert caplog.text.count(unread) == 1
    without_shares = [{k: v for k, v in row.items() if k != "share"} for row in told["data"]]
    assert [part.model_dump(exclude_unset=True) for part in facts.data] == without_shares


@pytest.mark.parametrize("again", [{"trim": True}, {"layers": (0,)}, {"layer_stride": 2}])
def test_a_finished_student_is_not_made_smaller_again(
    tmp_path: Path, again: dict[str, object]
) -> None:
    folder = run_of(tmp_path / "xlmr", command="distill", student={"kind": "pretrained"})
    settings = PretrainedSettings(**again)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"xlmr' is finished.*left out"):
        resolve_student(StudentRecipe(folder, pretrained=settings))
    assert resolve_student(StudentRecipe(folder)).student.kind == "pretrained"
    resolve_student(StudentRecipe("some/encoder", pretrained=settings))
