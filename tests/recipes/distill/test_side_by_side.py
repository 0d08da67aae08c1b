"""Targets are embedded while the student is built: the same files, and one error ends both."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np
import pytest

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.errors import DataFormatError, InputError
from isogloss.protocols import FloatArray
from isogloss.recipes.distill import prepare
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.run import distill
from isogloss.runs.lifecycle import RunLog
from isogloss.threads import end_if_halted
from isogloss.vectors import store

T = TypeVar("T")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of targets that is still empty."""
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@contextmanager
def one_after_the_other(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    result = work()
    yield lambda: result


def prepared(recipe: DistillRecipe, out: Path) -> dict[str, bytes]:
    """Every file that a preparation leaves, but for the one with times in it; and all targets."""
    made = prepare.prepare(replace(recipe, out=str(out)), [], RunLog())
    files = {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name != "prepared.json"
    }
    targets, keys = made.store(), made.examples().keys
    return files | {"targets": targets.gather(targets.find_keys(keys)).tobytes()}


@pytest.mark.parametrize("kind", ["transplant", "static", "pretrained"])
def test_what_is_made_at_once_has_the_bits_of_what_is_made_in_turn(
    recipe: DistillRecipe,
    make_encoder: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    named = str(make_encoder("bert")) if kind == "pretrained" else kind
    recipe = replace(recipe, student=replace(recipe.student, kind=named))
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "at-once"))
    at_once = prepared(recipe, tmp_path / "a")
    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "in-turn"))
    monkeypatch.setattr(prepare, "beside", one_after_the_other)
    assert at_once == prepared(recipe, tmp_path / "b")


def test_a_teacher_that_fails_ends_the_building_in_one_line(
    recipe: DistillRecipe, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = SentenceEncoder.encode

    def breaks(model: SentenceEncoder, texts: Sequence[str], **more: Any) -> FloatArray:
        vectors = encode(model, texts, **more)
        return vectors if len(texts) < 100 else np.full_like(vectors, np.nan)  # of the sample not

    def endless(*_: object) -> NoReturn:
        for _ in range(6_000):
            end_if_halted()
            time.sleep(0.01)
        raise AssertionError("the building went on")

    monkeypatch.setattr(SentenceEncoder, "encode", breaks)
    monkeypatch.setattr(prepare, "_student", endless)
    out = tmp_path / "out"
    with pytest.raises(DataFormatError, match=r"the teacher.s vector of .* holds NaN") as error:
        distill(replace(recipe, out=str(out)))
    assert "\n" not in str(error.value)
    assert not out.exists()


@pytest.mark.parametrize("kind", [InputError, KeyboardInterrupt])
def test_a_building_that_fails_keeps_what_was_embedded(
    recipe: DistillRecipe,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[BaseException],
) -> None:
    append, written = store._append, list[int]()

    def slowly(shard: Path, keys: Any, rows: Any) -> None:
        append(shard, keys, rows)
        written.append(len(keys))
        time.sleep(0.2)

    def fails(*_: object) -> NoReturn:
        while not written:
            time.sleep(0.01)
        raise kind("the student cannot be built")

    made = replace(recipe, out=str(tmp_path / "out"))
    with monkeypatch.context() as patch:
        patch.setattr(store, "BLOCK", 16)
        patch.setattr(store, "_append", slowly)
        patch.setattr(prepare, "_student", fails)
        with pytest.raises(kind, match="the student cannot be built"):
            distill(made)
        known = sum(written)
        time.sleep(0.3)
        assert sum(written) == known < 200  # nobody embeds any more
    distill(
        replace(made, training=replace(made.training, minutes=0.0)), resume=kind is not InputError
    )
    [namespace] = (cache / "targets").iterdir()
    shards = [path.stat().st_size // store.KEY_BYTES for path in namespace.glob("*.keys")]
    assert known in shards  # what was embedded is there
    assert sum(shards) <= 250  # and was not embedded again
