"""Mining from files and lists: against the plain functions, and through what stops it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.recipes.mine import run
from isogloss.recipes.mine.run import mine
from isogloss.recipes.mine.settings import MineSettings, choose
from isogloss.recipes.mine.sides import Side, normalized
from isogloss.search.mining import stored
from isogloss.vectors import Limits, Margin, Retrieval, mine_pairs

from .stub import Numbers

SOURCE = [f"Satz {n}" for n in range(60)]
TARGET = [f"sentence {n}" for n in range(99, 19, -1)]


def write(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


@pytest.mark.parametrize("margin", list(Margin))
@pytest.mark.parametrize("retrieval", list(Retrieval))
def test_pairs_are_those_of_the_plain_functions(margin, retrieval):
    limits = Limits(threshold=0.5)
    found = mine(
        Numbers(0.3),
        SOURCE,
        TARGET,
        settings=MineSettings(margin=margin, retrieval=retrieval, limits=limits, k=3),
    )
    encode = Numbers(0.3).encode
    wanted = mine_pairs(
        encode(SOURCE), encode(TARGET), k=3, margin=margin, retrieval=retrieval, limits=limits
    )
    assert [pair[1:] for pair in found] == [
        (SOURCE[i], TARGET[j]) for i, j in zip(wanted.a, wanted.b, strict=True)
    ]
    np.testing.assert_allclose([pair.score for pair in found], wanted.scores, atol=1e-5)
    assert all(pair.score >= 0.5 for pair in found)


def test_a_file_has_the_pairs_best_first_and_nothing_else_stays(tmp_path):
    out = tmp_path / "pairs.tsv"
    found = mine(
        Numbers(), write(tmp_path / "a.txt", SOURCE), write(tmp_path / "b.txt", TARGET), out
    )
    rows = [line.split("\t") for line in out.read_text(encoding="utf-8").splitlines()]
    scores = [float(row[0]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    right = [row for row in rows if row[1].split()[1] == row[2].split()[1]]
    assert len(right) == 40 and min(float(row[0]) for row in right) > 1.2
    assert [(f"{pair.score:.6f}", *pair[1:]) for pair in found] == [tuple(row) for row in rows]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt", "pairs.tsv"]


def test_texts_that_differ_in_case_width_or_space_count_once(tmp_path):
    found = mine(Numbers(), ["Satz  1", "SATZ 1", "Satz \uff11", "Satz 2"], ["one 1", "two\t2"])
    assert found.account["source"] == {"texts": 4, "distinct": 2, "collapsed": 2}
    assert {pair[1:] for pair in found} == {("Satz  1", "one 1"), ("Satz 2", "two 2")}
    assert normalized("Straße") == normalized("STRASSE")


def test_the_same_bytes_in_parts_and_in_processes(tmp_path, monkeypatch):
    mine(Numbers(0.2), SOURCE, TARGET, tmp_path / "one")
    monkeypatch.setattr(stored, "ROWS", 7)
    monkeypatch.setattr(stored, "TEXTS", 11)
    mine(Numbers(0.2), SOURCE, TARGET, tmp_path / "parts")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "parts").read_bytes()


def test_what_was_embedded_and_searched_is_taken_up_again(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "ROWS", 20)
    monkeypatch.setattr(stored, "TEXTS", 16)
    mine(Numbers(), SOURCE, TARGET, tmp_path / "whole")
    out = tmp_path / "pairs.tsv"

    class Stopping(Numbers):
        def encode(self, texts, **more):
            if self.embedded >= 64:
                raise KeyboardInterrupt
            return super().encode(texts, **more)

    with pytest.raises(KeyboardInterrupt) as stopped:
        mine(Stopping(), SOURCE, TARGET, out)
    assert "the same command goes on" in stopped.value.__notes__[0] and not out.exists()

    searched, search = [], stored.search_rows

    def stop_once(*args, first, **more):
        searched.append(first)
        if searched == [0, 20, 40]:
            raise KeyboardInterrupt
        return search(*args, first=first, **more)

    monkeypatch.setattr(stored, "search_rows", stop_once)
    second, third = Numbers(), Numbers()
    with pytest.raises(KeyboardInterrupt):
        mine(second, SOURCE, TARGET, out)
    mine(third, SOURCE, TARGET, out)
    assert (second.embedded, third.embedded) == (64, 0)  # 16 of 80 targets were there
    assert searched == [0, 20, 40, 40]
    assert out.read_bytes() == (tmp_path / "whole").read_bytes()


def test_another_text_or_model_is_embedded_anew(tmp_path, monkeypatch):
    out = tmp_path / "pairs.tsv"
    monkeypatch.setattr(run, "write_pairs", stop)
    with pytest.raises(KeyboardInterrupt):
        mine(Numbers(), SOURCE, TARGET, out)
    monkeypatch.undo()
    model = Numbers()
    mine(model, SOURCE, [*TARGET[:-1], "another 7"], out)
    assert model.embedded == len(TARGET)


def stop(*args: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("kind", ["ivf", "hnsw"])
def test_an_index_of_faiss_finds_what_the_exact_search_finds(kind):
    pytest.importorskip("faiss")
    source = [f"Satz {n}" for n in range(400)]
    target = [f"sentence {n}" for n in range(200, 600)]
    best = MineSettings(limits=Limits(threshold=1.2))
    exact = {pair[1:] for pair in mine(Numbers(), source, target, settings=best)}
    found = {
        pair[1:] for pair in mine(Numbers(), source, target, settings=replace(best, index=kind))
    }
    assert len(exact) >= 200
    assert len(found & exact) > 0.95 * len(exact)


def test_vectors_that_are_none_are_refused():
    class Broken(Numbers):
        def encode(self, texts, **more):
            return super().encode(texts) * np.float32("nan")

    with pytest.raises(InputError, match="NaN or infinity"):
        mine(Broken(), SOURCE, TARGET)


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("absent.txt", "b.txt", MissingFileError),
        ("empty.txt", "b.txt", DataFormatError),
        ("b.txt", "binary.txt", DataFormatError),
        ("b.txt", "b.txt", InputError),
    ],
)
def test_files_that_hold_no_texts_are_refused_in_one_line(tmp_path, source, target, error):
    write(tmp_path / "b.txt", TARGET)
    write(tmp_path / "empty.txt", [])
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(error) as refused:
        mine(Numbers(), tmp_path / source, tmp_path / target, tmp_path / "out.tsv")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out.tsv.work").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"margin": "ration"}, "did you mean 'ratio'"),
        ({"retrieval": "best"}, "--retrieval 'best'"),
        ({"index": "flat"}, "index 'flat'"),
        ({"engine": "spark"}, "engine 'spark'"),
        ({"threshold": float("nan")}, "threshold is nan"),
    ],
)
def test_words_that_mean_nothing_are_refused(words, message):
    given = {"margin": "ratio", "retrieval": "max", "threshold": None} | words
    with pytest.raises(InputError, match=message):
        choose(**given)


def test_intersection_is_a_word_for_intersect():
    assert choose("ratio", "intersection", None).retrieval is Retrieval.INTERSECT


def test_a_side_gives_its_texts_by_number(tmp_path):
    side = Side(tmp_path / "side.txt", row_to_text=[])
    side.add(["ä 1", "b 2"])
    side.add(["B 2", "c 3"])
    assert list(side) == ["ä 1", "b 2", "c 3"] and side.row_to_text == [0, 1, 1, 2]
    assert list(side.texts(np.array([2, 0, 2]))) == ["c 3", "ä 1", "c 3"]
    assert (side.read, len(side), side.collapsed) == (4, 3, 1)
    assert (side.find("C  3"), side.find("d")) == (2, -1)
