"""A tiny model, exported once for all tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from isogloss.recipes.export.run import Exported, export
from isogloss.samples import read_rows

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")


@pytest.fixture(scope="session")
def calm_teacher(make_teacher: Callable[..., Path]) -> Path:
    """A tiny teacher whose vectors are wide enough to survive 8 bits."""
    return make_teacher(hidden=64, layers=1, seed=3)


@pytest.fixture(scope="session")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text of few sentences."""
    path = tmp_path_factory.mktemp("text") / "en.txt"
    path.write_text("\n".join(row["en"] for row in read_rows("train")[:60]), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small STS task."""
    path = tmp_path_factory.mktemp("sts") / "en.tsv"
    rows = read_rows("graded")
    lines = [f"{row['score']}\t{row['en1']}\t{row['en2']}" for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"sts:en-en={path}"


@pytest.fixture(scope="session")
def exported(
    calm_teacher: Path, english: Path, graded: str, tmp_path_factory: pytest.TempPathFactory
) -> Exported:
    """The tiny teacher with both graphs beside it.

    Its random weights tell nothing of sentences, so that their correlation moves by more than a
    real model's in 8-bit integers.
    """
    out = tmp_path_factory.mktemp("exported") / "out"
    given = {"texts": [f"en={english}"], "tasks": [graded]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("isogloss.recipes.export.onnx.MAX_LOST", 0.05)
        return export(str(calm_teacher), out, quantize="int8", **given)
