"""What a real run left behind (see records/README.md), as pages, cards and figures are given it."""

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.metrics.score import Score
from isogloss.runs.files import read_scores
from isogloss.runs.parts import Evaluated
from isogloss.runs.roles import HELD_OUT

RECORDS = Path(__file__).parent / "records"


@pytest.fixture
def run() -> dict[str, Any]:
    """The content of `run.json`."""
    content: dict[str, Any] = json.loads((RECORDS / "run.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture
def scores() -> dict[str, list[Score]]:
    """Scores of teacher, untrained and trained student on tests."""
    found = read_scores(RECORDS)
    return {k: [row for row in rows if row.data != HELD_OUT] for k, rows in found.items()}


@pytest.fixture
def history(run: dict[str, Any]) -> list[Evaluated]:
    """What training logged."""
    return [Evaluated.model_validate(entry) for entry in run["training"]["history"]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The figures that were drawn, with all of their words."""
    figure = pytest.importorskip("matplotlib.figure")
    seen: list[Any] = []
    savefig = figure.Figure.savefig

    def keep(self: Any, *args: Any, **kwargs: Any) -> None:
        savefig(self, *args, **kwargs)
        seen.append(self)

    monkeypatch.setattr(figure.Figure, "savefig", keep)
    return seen
