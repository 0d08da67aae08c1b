"""Data roots in the layouts that users have, with sentences made up for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


def graded(n: int = 6, mark: str = "") -> list[tuple[float, str, str]]:
    """Pairs with grades that rise from 0."""
    return [(min(5.0, i * 0.5), f"one {mark} {i}", f"two {mark} {i}") for i in range(n)]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes lines to a file below the data root; gives the root."""

    def to(name: str, *lines: str) -> Path:
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return tmp_path / "root"

    return to


@pytest.fixture
def write_sts(write: Write) -> Write:
    """Writes an STS file: score, sentence 1, sentence 2."""

    def to(name: str, n: int = 6, mark: str = "") -> Path:
        return write(name, *(f"{s}\t{a}\t{b}" for s, a, b in graded(n, mark)))

    return to


@pytest.fixture
def own_dataset_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `datasets` prepares goes to a folder of the test."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
