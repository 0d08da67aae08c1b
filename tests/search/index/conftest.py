"""Small indexes of both engines."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss.search.index import Document, Index, create_index, exact, segments, staging

DOCUMENTS = (
    Document("the museum opens at nine", "m", "en", {"year": 2020, "source": "paper"}),
    Document("der zug nach hamburg", "z", "de", {"year": 1999, "source": "radio"}),
    Document("the train to hamburg", "t", "en", {"year": 2021}),
    Document("no language here", "n", "", {"source": "it's"}),
)


@pytest.fixture(params=["exact", "lancedb"])
def engine(request: pytest.FixtureRequest) -> str:
    """Both doors."""
    if request.param == "lancedb":
        pytest.importorskip("lancedb")
    return str(request.param)


@pytest.fixture
def built(engine: str, words: Any, tmp_path: Path) -> Callable[..., Index]:
    """Builds an index of some documents."""

    def build(documents: Any = DOCUMENTS, encoder: Any = words) -> Index:
        return create_index(tmp_path / "index", encoder, documents, engine=engine)

    return build


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of 8 rows, so that a few documents fill several."""
    for module in (segments, staging, exact):
        monkeypatch.setattr(module, "SEGMENT", 8)
