"""Whatever happened to files of a fine-tuning: read row by row, or refused in one line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.config import read_toml
from isogloss.data.graded.align import read_graded
from isogloss.data.graded.nli import read_triplets
from isogloss.errors import IsoglossError

from ...damage import attempt, damaged

WORDS = ["Lamp", "Door", "River", "Garden", "Winter", "Teacher", "Bottle", "Window", "Summer"]
FIRST = [f'The {word} "{at * 7:03d}" is here.' for at, word in enumerate(WORDS)]
SECOND = [f"Here is {word[::-1]} {at * 7:03d}, é." for at, word in enumerate(WORDS)]
PARTNER = dict(zip(FIRST, SECOND, strict=True))


def graded(header: str = "") -> str:
    rows = enumerate(zip(FIRST, SECOND, strict=True))
    return header + "".join(f"{at % 6}\t{a}\t{b}\n" for at, (a, b) in rows)


def read_sts(path: Path) -> list[tuple[str, str]]:
    pairs = read_graded([f"en={path}"]).pairs
    return list(zip(pairs.first["en"], pairs.second["en"], strict=True))


def read_nli(path: Path) -> list[tuple[str, str]]:
    return [(triplet.anchor, triplet.positive) for triplet in read_triplets(f"en={path}", 0)]


def read_recipe(path: Path) -> list[tuple[str, str]]:
    read_toml(path)
    return []


def inferred(by: str) -> str:
    """Premises with what follows and what contradicts, by label."""
    quote = '"{}"'.format if by == "," else str
    rows = [f"{quote(a.replace(chr(34), ''))}{by}{quote(b)}{by}" for a, b in PARTNER.items()]
    lines = [f"{row}{label}\n" for row in rows for label in ("entailment", "contradiction")]
    return f"premise{by}hypothesis{by}label\n" + "".join(lines)


RECIPE = (
    'teacher = "t"\npairs = ["en-de=a.tsv", "en-uk=b.tsv"]\n[training]\nepochs = 2\nlr = 2e-5\n'
)

READ: dict[str, tuple[Callable[[Path], list[tuple[str, str]]], str, str]] = {
    "graded": (read_sts, "a.tsv", graded()),
    "graded with a header": (read_sts, "a.tsv", graded("score\tsentence1\tsentence2\n")),
    "inference": (read_nli, "a.tsv", inferred("\t")),
    "inference in CSV": (read_nli, "a.csv", inferred(",")),
    "triplets": (read_nli, "a.tsv", "".join(f"{a}\t{b}\t{a}\n" for a, b in PARTNER.items())),
    "recipe": (read_recipe, "a.toml", RECIPE),
}


@pytest.mark.parametrize("kind", READ)
@settings(max_examples=120)
@given(data=st.data())
def test_a_damaged_file_is_read_in_order_or_refused(
    kind: str,
    data: st.DataObject,
    new_folder: Callable[[], Path],
) -> None:
    read, name, text = READ[kind]
    path = new_folder() / name
    path.write_bytes(damaged(data, text.encode()))
    for one, other in attempt(lambda: read(path)) or []:
        if one in PARTNER and other in SECOND:
            assert PARTNER[one] == other


@pytest.mark.parametrize("kind", READ)
def test_a_byte_order_mark_changes_nothing(tmp_path: Path, kind: str) -> None:
    read, name, text = READ[kind]
    (tmp_path / name).write_text(text, "utf-8")
    before = read(tmp_path / name)
    (tmp_path / name).write_text(text, "utf-8-sig")
    assert read(tmp_path / name) == before


def test_a_recipe_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('teacher = "t"\n', "utf-8-sig")
    assert read_toml(tmp_path / "r.toml") == {"teacher": "t"}


@pytest.mark.parametrize("kind", [kind for kind in READ if kind != "recipe"])
@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 100, b"\xef\xbb\xbf", b"{}", b"[", b"<"])
def test_files_of_nothing_are_refused(tmp_path: Path, kind: str, content: bytes) -> None:
    read, name, _ = READ[kind]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(IsoglossError):
        read(tmp_path / name)
