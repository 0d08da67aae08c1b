"""Names in any script: one word where no font has a letter, and not one for every letter."""

import logging
import warnings
from pathlib import Path

import pytest

from isogloss.metrics.score import Score
from isogloss.reports import accuracy_bars
from isogloss.reports.figures import style

NAMES = ("日本語モデル", "نموذج", "🎉🎊", "모델")


def test_letters_that_no_font_has_are_spoken_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    style._say_boxes.cache_clear()
    score = Score("bitext", "en-de", "accuracy_mean", 0.5, 0.4, 0.6, 100, "s", data="d")
    with caplog.at_level(logging.WARNING):
        for number in range(2):
            accuracy_bars({name: [score] for name in NAMES}, tmp_path / f"{number}.png")
    assert [str(w.message) for w in recwarn if "Glyph" in str(w.message)] == []
    assert caplog.text.count("drawn as boxes") <= 1


def test_other_warnings_of_a_drawing_are_heard(tmp_path: Path) -> None:
    with (
        pytest.warns(UserWarning, match="of another kind"),
        style.drawing(tmp_path / "plot.png", height=2.0) as figure,
    ):
        figure.add_subplot()
        warnings.warn("of another kind", UserWarning, stacklevel=1)
