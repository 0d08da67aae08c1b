"""However a model's folder is damaged, it loads, or is refused in one line, whoever opens it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize

from isogloss.encoders.opening import open_encoder
from isogloss.errors import IsoglossError
from isogloss.recipes.finetune.prepare import load_start
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.recipes.trim import trim
from isogloss.students.adapt import adapt_encoder
from isogloss.students.settings import PretrainedSettings


@st.composite
def damages(draw: st.DrawFn) -> tuple[str, int, int, float, int]:
    """What to do to which file, where, and with what."""
    kind = draw(st.sampled_from(["cut", "flip", "flip", "flip", "delete", "empty", "swap"]))
    numbers = st.integers(0, 10_000)
    return kind, draw(numbers), draw(numbers), draw(st.floats(0, 1)), draw(st.integers(1, 255))


def damage(folder: Path, what: tuple[str, int, int, float, int]) -> None:
    kind, first, second, place, bits = what
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    one, other = files[first % len(files)], files[second % len(files)]
    content = bytearray(one.read_bytes())
    at = min(int(place * len(content)), max(0, len(content) - 1))
    if kind == "flip" and content:
        # the header of weights is a small part of them
        content[at if second % 2 else at % 2_000 % len(content)] ^= bits
        one.write_bytes(content)
    elif kind == "delete":
        one.unlink()
    elif kind == "swap":
        one.write_bytes(other.read_bytes())
        other.write_bytes(content)
    else:
        one.write_bytes(content[: at if kind == "cut" else 0])


def open_encoder_of(kind: str) -> Callable[[Path, Path], Any]:
    def embed(folder: Path, out: Path) -> None:
        open_encoder(f"{kind}{folder}").encode(["A sentence.", "Another one, a longer one."])

    return embed


def open_student(folder: Path, out: Path) -> None:
    teacher = SentenceTransformer(modules=[Dense(8, 8), Normalize()], device="cpu")
    adapt_encoder(str(folder), teacher, PretrainedSettings())


def open_start(folder: Path, out: Path) -> None:
    load_start(FinetuneRecipe(model=str(folder), out=str(out), sts=("en=graded.tsv",)))


def open_trimmed(folder: Path, out: Path) -> None:
    text = out.parent / "text.txt"
    text.write_text("The sun is up.\nRain on the roof, all night long.\n", encoding="utf-8")
    trim(str(folder), out, texts=[text])


OPENERS: dict[str, Callable[[Path, Path], Any]] = {
    "evaluate": open_encoder_of(""),
    "mean": open_encoder_of("mean:"),
    "max": open_encoder_of("max:"),
    "finetune": open_start,
    "trim": open_trimmed,
    "student": open_student,
}


@pytest.mark.parametrize("opener", OPENERS)
def test_a_whole_folder_is_opened(whole: Path, tmp_path: Path, opener: str) -> None:
    OPENERS[opener](whole, tmp_path / "out")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(what=damages(), opener=st.sampled_from(list(OPENERS)))
def test_a_damaged_folder_loads_or_is_refused_in_one_line(
    whole: Path, tmp_path: Path, what: tuple[str, int, int, float, int], opener: str
) -> None:
    folder, out = tmp_path / "damaged", tmp_path / "out"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(whole, folder)
    damage(folder, what)
    try:
        OPENERS[opener](folder, out)
    except IsoglossError as error:
        assert "\n" not in str(error), what
