"""Tables of sentences and of what is none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., str]:
    """Writes columns as TSV; the path."""

    def write(*columns: Any, name: str = "a.tsv") -> str:
        rows = zip(*columns, strict=True)
        text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return write
