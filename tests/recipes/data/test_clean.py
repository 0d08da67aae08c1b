"""Cleaning as a verb: an account of every row, and nothing done twice."""

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.console import Advance
from isogloss.corpora.cleaner import Cleaner
from isogloss.corpora.filters import NAMES
from isogloss.data import load_parallel
from isogloss.errors import DataFormatError, InputError, OutputFolderError
from isogloss.recipes.data import parts
from isogloss.recipes.data.clean import clean
from isogloss.recipes.data.recipe import CleanRecipe
from isogloss.runs.record import as_json, read_record

QUICK = tuple(name for name in NAMES if name != "language")
"""All but the filter whose models take seconds to load."""


def corpus(path: Path, rows: int = 400) -> Path:
    """A file of made up pairs, some of which have faults."""
    draw = random.Random(rows)
    words = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrs"]
    lines = []
    for number in range(rows):
        source = " ".join(draw.choices(words, k=draw.randint(4, 9))).capitalize() + "."
        target = " ".join(f"{word[::-1]}o" for word in source[:-1].split()).capitalize() + "."
        if number % 40 == 7:
            target = source
        if number % 40 == 9:
            source, target = f"{source} 1990", f"{target} 1991"
        lines.append(f"{source}\t{target}" if number % 100 != 13 else source)
    lines[20] = lines[21]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def kept(folder: Path, languages: str = "en-de") -> list[str]:
    """The clean pairs of a run."""
    with gzip.open(folder / f"{languages}.tsv.gz", "rt", encoding="utf-8", newline="\n") as lines:
        return [line.rstrip("\n") for line in lines]


def recipe(path: Path, out: Path, **more: object) -> CleanRecipe:
    """A recipe without slow filters."""
    return CleanRecipe(pairs=(f"en-de={path}",), out=str(out), filters=QUICK, **more)  # type: ignore[arg-type]


def test_it_tells_how_many_rows_it_has_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, list[float]] = {}

    class Told:
        @contextmanager
        def stage(self, title: str, total: float | None = None) -> Iterator[Advance]:
            yield told.setdefault(title, []).append

    monkeypatch.setattr(parts, "PART", 100)
    path = corpus(tmp_path / "pairs.tsv")
    clean(recipe(path, tmp_path / "out"), console=Told())
    (advanced,) = (steps for title, steps in told.items() if title.startswith("cleaning"))
    assert sum(advanced) == 400
    assert len(advanced) > 1


def test_every_row_is_kept_or_among_the_rejects(tmp_path: Path) -> None:
    path = corpus(tmp_path / "pairs.tsv")
    out = tmp_path / "out"
    run = clean(recipe(path, out))
    (part,) = run.record.data
    rejects = (out / "rejects" / "00-en-de.tsv").read_text(encoding="utf-8").splitlines()
    assert part.read == 400 == part.kept + sum(part.dropped.values())
    assert (part.kept, len(rejects)) == (len(kept(out)), 400 - part.kept)
    assert sum(part.by_filter.values()) == len(rejects)
    assert part.dropped["source equals target"] == 10
    assert part.dropped["numbers differ"] == 10
    assert part.dropped["too few columns"] == 4
    assert part.dropped["duplicate"] == 1
    number, reason, text = next(row for row in rejects if "1990" in row).split("\t")
    assert (number, reason) == ("10", "numbers differ: 1990 and 1991")
    assert text.count("\\t") == 1
    assert sorted(p.name for p in out.iterdir()) == [
        "en-de.tsv.gz",
        "rejects",
        "report.html",
        "report.md",
        "run.json",
    ]


def test_what_is_clean_loads_whole_and_cleans_to_itself(tmp_path: Path) -> None:
    first = clean(recipe(corpus(tmp_path / "pairs.tsv"), tmp_path / "one"))
    loaded = load_parallel(str(first.files["en-de"]))
    assert loaded.report.dropped == {}
    again = clean(recipe(first.files["en-de"], tmp_path / "two"))
    assert again.record.data[0].dropped == {}
    assert kept(tmp_path / "one") == kept(tmp_path / "two")


def test_places_of_one_pair_are_one_file_without_repetitions(tmp_path: Path) -> None:
    path = corpus(tmp_path / "pairs.tsv", 100)
    run = clean(
        CleanRecipe(
            pairs=(f"en-de={path}", f"en-de={path}", f"en-fr={path}"),
            out=str(tmp_path / "out"),
            filters=QUICK,
        )
    )
    first, second, third = run.record.data
    assert second.kept == 0 and second.dropped["duplicate"] >= first.kept
    assert third.kept == first.kept
    assert len(kept(tmp_path / "out")) == first.kept
    assert kept(tmp_path / "out", "en-fr") == kept(tmp_path / "out")


def test_tests_are_kept_out(tmp_path: Path) -> None:
    path = corpus(tmp_path / "pairs.tsv", 100)
    lines = path.read_text(encoding="utf-8").splitlines()
    test = tmp_path / "test.tsv"
    test.write_text("3.5\t" + lines[1].split("\t")[1].upper() + "\tanother\n", encoding="utf-8")
    run = clean(recipe(path, tmp_path / "out", keep_out=(str(test),)))
    assert run.record.data[0].dropped["in an evaluation set"] == 1
    assert lines[1] not in kept(tmp_path / "out")
    assert run.record.tested == {str(test): 2}
    assert "| test.tsv | 2 |" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["test.jsonl", "test.jsonl.gz", "test.csv", "test.CSV"])
def test_tests_in_files_without_lines_of_text_are_refused(tmp_path: Path, name: str) -> None:
    path = corpus(tmp_path / "pairs.tsv", 100)
    (tmp_path / name).write_text('{"text": "A dog."}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"is of the kind \.(jsonl|csv)"):
        clean(recipe(path, tmp_path / "out", keep_out=(str(tmp_path / name),)))


def test_a_file_of_tests_is_what_its_last_suffix_says(tmp_path: Path) -> None:
    path = corpus(tmp_path / "pairs.tsv", 100)
    test = tmp_path / "dev.csv.tsv"
    test.write_text("A dog.\tA cat.\n", encoding="utf-8")
    run = clean(recipe(path, tmp_path / "out", keep_out=(str(test),)))
    assert run.record.tested == {str(test): 2}


KILLED = """
import os, signal
from isogloss.recipes.data import parts
from isogloss.recipes.data.clean import clean
from isogloss.recipes.data.recipe import CleanRecipe
parts.PART = 100
write, written = parts.write_json, []
def write_json(path, content):
    write(path, content)
    written.append(path)
    if len(written) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
parts.write_json = write_json
clean(CleanRecipe(pairs=({pairs!r},), out={out!r}, filters={filters!r}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_run_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = corpus(tmp_path / "pairs.tsv", 550), tmp_path / "out"
    script = KILLED.format(pairs=f"en-de={path}", out=str(out), filters=QUICK)
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    with pytest.raises(OutputFolderError, match="--resume"):
        clean(recipe(path, out))
    with pytest.raises(InputError, match="another recipe"):
        clean(recipe(path, out, keep_out=(str(path),)), resume=True)
    judged = []
    judge = Cleaner.clean
    monkeypatch.setattr(
        Cleaner, "clean", lambda self, rows, rejects: judged.append(1) or judge(self, rows, rejects)
    )
    monkeypatch.setattr(parts, "PART", 100)
    resumed = clean(recipe(path, out), resume=True)
    assert len(judged) == 3
    whole = clean(recipe(path, tmp_path / "whole"))
    assert kept(out) == kept(tmp_path / "whole")
    assert resumed.record.data == whole.record.data


@pytest.mark.parametrize("edited", ["pairs.tsv", "test.tsv"])
def test_a_run_whose_files_were_edited_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: str
) -> None:
    path, out, test = corpus(tmp_path / "pairs.tsv"), tmp_path / "out", tmp_path / "test.tsv"
    test.write_text("A man is playing a guitar.\n", encoding="utf-8")
    asked = recipe(path, out, keep_out=(str(test),))

    def stopped(folder: Path, record: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("isogloss.recipes.data.clean.write_record", stopped)
    with pytest.raises(KeyboardInterrupt):
        clean(asked)
    monkeypatch.undo()
    before = (tmp_path / edited).read_text(encoding="utf-8")
    (tmp_path / edited).write_text(before.replace("a", "e"), encoding="utf-8")
    changed = "--pairs en-de=.*pairs.tsv" if edited == "pairs.tsv" else "test data .* kept out"
    with pytest.raises(InputError, match=f"^{changed} changed since the run .* earlier files back"):
        clean(asked, resume=True)
    (tmp_path / edited).write_text(before, encoding="utf-8")
    assert (
        clean(asked, resume=True).record.data
        == clean(recipe(path, tmp_path / "whole", keep_out=(str(test),))).record.data
    )


def test_a_run_that_keeps_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("a sentence\ta sentence\n" * 3)
    with pytest.raises(DataFormatError, match="no pair of 3 rows is left"):
        clean(recipe(path, tmp_path / "out"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\n",
        b"alone\n",
        b"".join(b"1.0%d\ta long sentence is here\n" % i for i in range(30)),
    ],
)
def test_a_file_without_pairs_leaves_nothing_behind(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    with pytest.raises(DataFormatError) as told:
        clean(recipe(path, tmp_path / "out"))
    assert "\n" not in str(told.value)


def test_mistakes_are_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'numbers'"):
        CleanRecipe(pairs=("x",), out="o", filters=("number",))
    with pytest.raises(InputError, match="no pairs were given"):
        CleanRecipe(pairs=(), out="o")


def test_the_record_is_read_again(tmp_path: Path) -> None:
    run = clean(recipe(corpus(tmp_path / "pairs.tsv", 60), tmp_path / "out"))
    assert as_json(read_record(tmp_path / "out")) == json.loads(json.dumps(as_json(run.record)))
    content = json.loads((tmp_path / "out" / "run.json").read_text())
    assert content["command"] == "data clean"


@settings(max_examples=20)
@given(st.binary(max_size=400))
def test_whatever_a_file_holds_its_rows_are_accounted_for(
    new_folder: Callable[[], Path], content: bytes
) -> None:
    folder = new_folder()
    (folder / "pairs.tsv").write_bytes(content + b"\na good pair\tein gutes Paar\n")
    few = tuple(name for name in QUICK if name != "near-duplicates")
    asked = CleanRecipe(
        pairs=(f"en-de={folder / 'pairs.tsv'}",), out=str(folder / "out"), filters=few
    )
    try:
        (part,) = clean(asked).record.data
    except DataFormatError as error:
        assert "\n" not in str(error)
        return
    assert part.read == part.kept + sum(part.dropped.values())
    assert part.kept == len(kept(folder / "out"))
