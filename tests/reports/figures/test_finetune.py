"""The curve of a fine-tuning whose figures have no value now and then."""

from pathlib import Path
from typing import Any

import pytest

from isogloss.reports.figures.finetune import has_spearman, spearman_curve
from isogloss.runs.parts import Evaluated


def look(sentences: int, **dev: Any) -> Evaluated:
    return Evaluated(step=sentences, sentences=sentences, dev=dev)


HISTORY = [
    look(10, **{"spearman": 0.5, "spearman_en-en": 0.5}),
    look(20, **{"spearman": 0.6, "spearman_en-de": 0.6}),
    look(30, accuracy_de=0.9),
    look(40, **{"spearman": None, "spearman_en-en": None}),  # as JSON has NaN of earlier versions
    look(50),
]


def test_what_has_no_value_is_left_out_of_the_curve(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "curve.svg"
    spearman_curve(HISTORY, path, best_step=20)
    text = path.read_text("utf-8")
    assert path.stat().st_size > 1_000
    assert "nan" not in text.lower()


def test_without_any_value_there_is_no_curve() -> None:
    assert has_spearman(HISTORY)
    assert not has_spearman(HISTORY[2:])
