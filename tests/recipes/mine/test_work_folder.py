"""The folder of what is done on the way: one run's at a time, and found by workers anywhere."""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from isogloss.errors import OutputFolderError
from isogloss.recipes.mine import run
from isogloss.recipes.mine.run import mine
from isogloss.recipes.mine.settings import MineSettings
from isogloss.search.mining import stored
from isogloss.shards import Processes

from .stub import Numbers

SOURCE = [f"Satz {n}" for n in range(30)]
TARGET = [f"sentence {n}" for n in range(30)]


class Meanwhile(Numbers):
    """Reads texts while something else is done."""

    def __init__(self, done: Any) -> None:
        super().__init__()
        self.done = done

    def encode(self, texts: Any, **more: Any) -> Any:
        self.done()
        return super().encode(texts, **more)


def test_a_run_that_is_refused_leaves_the_texts_of_the_first_alone(tmp_path: Path) -> None:
    refused = []

    def start_another() -> None:
        with pytest.raises(OutputFolderError, match="another process works in") as told:
            mine(Numbers(), SOURCE[::-1], TARGET[::-1], tmp_path / "pairs.tsv")
        refused.append(told)

    mine(Meanwhile(start_another), SOURCE, TARGET, tmp_path / "pairs.tsv")
    mine(Numbers(), SOURCE, TARGET, tmp_path / "alone.tsv")
    assert len(refused) == 2
    assert (tmp_path / "pairs.tsv").read_bytes() == (tmp_path / "alone.tsv").read_bytes()
    assert not (tmp_path / "pairs.tsv.work").exists()


def test_workers_are_told_whole_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a cluster work in folders of their own."""
    opened = []

    def open_numbers(name: str, *_: Any, **__: Any) -> Numbers:
        opened.append(name)
        return Numbers()

    class Elsewhere:
        def run(self, work: Any, parts: Any) -> Any:
            for part in parts:
                os.chdir(tmp_path / "elsewhere")
                content = work(part.payload)
                os.chdir(tmp_path)
                yield part, content

        def started(self) -> Any:
            return nullcontext()

    stored._loaded.cache_clear()
    monkeypatch.chdir(tmp_path)
    for name in ("elsewhere", "model"):
        Path(name).mkdir()
    for module in (run, stored):
        monkeypatch.setattr(module, "open_encoder", open_numbers)
    monkeypatch.setattr(run, "open_engine", lambda *_: Elsewhere())
    mine("model", SOURCE, TARGET, "pairs.tsv", settings=MineSettings())
    stored._loaded.cache_clear()
    assert len(Path("pairs.tsv").read_text(encoding="utf-8").splitlines()) == 30
    assert opened == ["model", str((tmp_path / "model").resolve())]


def test_workers_on_this_machine_share_the_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = []

    def take_no_part(folder: Path, parts: Any, work: Any, **_: Any) -> list[Any]:
        folder.mkdir()
        works.append(work)
        return []

    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(stored, "run_parts", take_no_part)
    model = stored.ModelSource(Numbers(), "model")
    for engine in (Processes(4), None):
        stored.embed_texts(SOURCE, tmp_path / f"vectors {engine}", model, engine=engine)
    assert [work.threads for work in works] == [2, None]
