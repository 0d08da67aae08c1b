"""Planted and judged pairs: what they tell of a collection, and that they leave no trace in it."""

from pathlib import Path

import numpy as np
import pytest

from isogloss.errors import DataFormatError, InputError
from isogloss.recipes.mine.known import plant
from isogloss.recipes.mine.run import mine
from isogloss.recipes.mine.settings import MineSettings
from isogloss.recipes.mine.sides import Side

from .stub import Numbers

SOURCE = [f"Satz {n}" for n in range(200)]
TARGET = [f"sentence {n}" for n in range(100, 300)]


@pytest.fixture
def known(tmp_path: Path) -> str:
    path = tmp_path / "known.tsv"
    path.write_text("".join(f"Wort {n}\tword {n}\n" for n in range(900, 1100)), encoding="utf-8")
    return str(path)


def precision(pairs) -> float:
    right = [pair.source.split()[1] == pair.target.split()[1] for pair in pairs]
    return sum(right) / len(right)


def test_planted_pairs_tell_the_precision_and_are_not_among_the_pairs(known):
    found = mine(Numbers(0.3), SOURCE, TARGET, settings=MineSettings(known=known))
    assert not [pair for pair in found if "Wort" in pair.source or "word" in pair.target]
    assert found.account["source"]["texts"] == 200
    told = found.account["calibration"]
    assert told["by"] == "planted pairs"
    (worth,) = (row for row in told["thresholds"] if abs(row["precision"] - 0.9) < 0.03)
    best = [pair for pair in found if pair.score >= worth["threshold"]]
    assert len(best) == worth["kept"]
    assert precision(best) == pytest.approx(worth["precision"], abs=0.1)
    assert worth["recall"] > 0.8


def test_a_precision_sets_the_threshold(known):
    settings = MineSettings(known=known, precision=0.95)
    found = mine(Numbers(0.3), SOURCE, TARGET, settings=settings)
    assert precision(found) > 0.9 and len(found) > 80
    assert min(pair.score for pair in found) == pytest.approx(found.account["threshold"])
    assert found.account["calibration"]["at"]["kept"] == len(found)


def test_judged_pairs_tell_it_too(tmp_path):
    path = tmp_path / "judged.tsv"
    mined = list(mine(Numbers(0.3), SOURCE, TARGET))
    path.write_text(
        "".join(
            f"{pair.score:.6f}\t{pair.source}\t{pair.target}\t{int(precision([pair]))}\n"
            for pair in mined[::2]
        ),
        encoding="utf-8",
    )
    found = mine(
        Numbers(0.3), SOURCE, TARGET, settings=MineSettings(labels=str(path), precision=0.9)
    )
    assert precision(found) == pytest.approx(0.9, abs=0.08)
    assert found.account["calibration"]["by"] == "judged pairs"


def is_right_first(pairs) -> bool:
    """Whether no wrong pair stands before a right one."""
    right = [precision([pair]) for pair in pairs]
    return right == sorted(right, reverse=True)


@pytest.mark.parametrize("by", ["known", "labels"])
def test_a_learned_score_knows_lengths_and_numbers(known, tmp_path, by):
    """Those of translations are the same here, and the vectors cannot be trusted."""
    plain = list(mine(Numbers(0.5), SOURCE, TARGET))
    labels = tmp_path / "judged.tsv"
    labels.write_text(
        "".join(f"1\t{p.source}\t{p.target}\t{int(precision([p]))}\n" for p in plain[::2]), "utf-8"
    )
    settings = MineSettings(learn=True, **{by: known if by == "known" else str(labels)})
    found = list(mine(Numbers(0.5), SOURCE, TARGET, settings=settings))
    assert [pair.score for pair in found] == sorted((p.score for p in found), reverse=True)
    assert is_right_first(found) and not is_right_first(plain)


def test_a_learned_score_needs_a_teacher():
    with pytest.raises(InputError, match="add --known FILE"):
        mine(Numbers(), SOURCE, TARGET, settings=MineSettings(learn=True))


def test_too_few_known_pairs_are_refused(tmp_path):
    path = tmp_path / "few.tsv"
    path.write_text("Wort 1001\tword 1001\nSatz 1\tsentence 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="1 pairs of which no text is in the collections"):
        mine(Numbers(), SOURCE, TARGET, settings=MineSettings(known=str(path)))


def test_a_row_without_a_judgment_is_refused(tmp_path):
    path = tmp_path / "judged.tsv"
    path.write_text("1.2\tSatz 1\tsentence 1\tperhaps\n", encoding="utf-8")
    with pytest.raises(DataFormatError, match="'perhaps' behind 'Satz 1'"):
        mine(Numbers(), SOURCE, TARGET, settings=MineSettings(labels=str(path)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (MineSettings(precision=0.9), "add --known FILE"),
        (MineSettings(precision=90, known="known.tsv"), "between 0 and 1"),
        (MineSettings(known="a", labels="b"), "choose one"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        mine(Numbers(), SOURCE, TARGET, settings=settings)


def test_of_two_translations_of_one_sentence_one_is_planted(tmp_path):
    path = tmp_path / "known.tsv"
    twice = [f"Wort {n}\t{word} {n}\n" for n in range(900, 1100) for word in ("word", "term")]
    path.write_text("".join(twice), encoding="utf-8")
    sides = [Side(tmp_path / "source.txt"), Side(tmp_path / "target.txt")]
    for side, texts in zip(sides, (SOURCE, TARGET), strict=True):
        side.add(texts)
    planted = plant(str(path), sides)
    source, target = (side.path.read_text("utf-8").splitlines()[200:] for side in sides)
    assert len(source) == pytest.approx(2 / 3 * 200, abs=2) and len(planted.whole) >= 66
    assert not [text for text in target if text.startswith("term")]


def test_what_a_learned_score_is_worth_is_told_by_pairs_it_was_not_learned_from(known, monkeypatch):
    from isogloss.recipes.mine import known as room

    learn = room.with_learned_scores

    def telling_nothing(*given):
        made = learn(*given)
        return made._replace(unseen=np.zeros(len(made.found)))

    monkeypatch.setattr(room, "with_learned_scores", telling_nothing)
    settings = MineSettings(learn=True, known=known, precision=0.95)
    with pytest.raises(InputError, match=r"no score has a precision of 0\.95"):
        mine(Numbers(0.5), SOURCE, TARGET, settings=settings)
