"""Suites from files, in the layouts that users have."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.errors import DataFormatError, InputError, MissingFileError, UnknownLanguageError
from isogloss.tasks.suites import Suite, load_suites

from .conftest import graded


def load(name: str, root: Path, languages: list[str] | None = None) -> Suite:
    (suite,) = load_suites([name], data_root=root, languages=languages)
    return suite


def pairs(suite: Suite) -> list[str]:
    return [task.languages for task in suite.tasks]


@pytest.mark.parametrize(
    "name",
    [
        "sts/sts17/ar-en.tsv",
        "sts17/en-ar.tsv",
        "STS2017-extended/STS.ar-en.txt",
        "ar-en.tsv",
    ],
)
def test_sts17_is_found_in_either_order(write_sts: Any, name: str) -> None:
    suite = load("sts17-paper", write_sts(name))
    assert pairs(suite) == ["en-ar"]
    assert suite.tasks[0].name == "sts17-paper"
    assert {missing.languages for missing in suite.missing} == set(
        ["en-en", "es-es", "ar-ar", "en-de", "en-tr", "en-es", "en-fr", "en-it", "en-nl"]
    )


def test_sts17_reads_semevals_own_pairs_of_files(write: Any) -> None:
    rows = graded(4)
    write("STS2017.eval.v1.1/STS.input.track2.ar-en.txt", *(f"{a}\t{b}" for _, a, b in rows))
    root = write("STS2017.gs/STS.gs.track2.ar-en.txt", *(str(score) for score, _, _ in rows))
    (task,) = load("sts17-paper", root).tasks
    assert task.languages == "en-ar"
    assert np.array_equal(task.data.gold, [score for score, _, _ in rows])  # type: ignore[attr-defined]


@pytest.mark.parametrize(("grades", "said"), [(["1"], "2 lines .* has 1"), (["1", "x"], "line 2")])
def test_semevals_two_files_must_fit(write: Any, grades: list[str], said: str) -> None:
    write("STS2017.eval.v1.1/STS.input.track5.en-en.txt", "a\tb", "c\td")
    root = write("STS2017.gs/STS.gs.track5.en-en.txt", *grades)
    with pytest.raises(DataFormatError, match=said):
        load("sts17", root)


def test_other_tracks_and_other_files_are_not_taken(write_sts: Any) -> None:
    write_sts("sts/sts17/es-en-wmt.tsv")
    with pytest.raises(MissingFileError, match="en-es"):
        load("sts17-paper", write_sts("sts/sts17/notes.txt"))


def test_stsb_gives_both_languages_and_both_crossings(write_sts: Any) -> None:
    write_sts("sts/stsb/en-test.tsv", mark="en")
    root = write_sts("sts/stsb/de-test.tsv", mark="de")
    suite = load("stsb-multi-mt", root, ["de"])
    assert pairs(suite) == ["en-en", "de-de", "en-de", "de-en"]
    crossing: Any = suite.tasks[3]
    assert (crossing.data.sentences1[0], crossing.data.sentences2[0]) == ("one de 0", "two en 0")
    assert suite.missing == ()
    assert "6 pairs where the published set has 1,379" in suite.notes[0]


def test_stsb_reads_the_published_csv(write: Any) -> None:
    lines = [f'"one, {i}","two {i}",{i}.0' for i in range(5)]
    root = write("stsb-multi-mt/data/stsb-de-test.csv", *lines)
    (task,) = load("stsb-multi-mt", root, ["de"]).tasks
    assert task.texts()[0] == "one, 0"


def test_stsb_takes_languages_that_lie_beside_and_says_so(write_sts: Any) -> None:
    for code in ("en", "uk"):
        root = write_sts(f"sts/stsb/{code}-test.tsv", mark=code)
    suite = load("stsb-multi-mt", root, ["uk"])
    assert pairs(suite) == ["en-en", "uk-uk", "en-uk", "uk-en"]
    assert any("as published has no uk" in note for note in suite.notes)


def test_many_languages_are_crossed_with_english_alone(write_sts: Any) -> None:
    for code in ("en", "de", "es", "fr", "nl"):
        root = write_sts(f"stsb/{code}-test.tsv", mark=code)
    suite = load("stsb-multi-mt", root)
    assert len(pairs(suite)) == 5 + 8
    assert all("en" in pair for pair in pairs(suite)[5:])
    four = load("stsb-multi-mt", root, ["de", "es", "fr"])
    assert len(pairs(four)) == 4 + 12


def test_a_crossing_of_unlike_grades_is_missing_with_its_reason(write_sts: Any, write: Any) -> None:
    write_sts("stsb/en-test.tsv", 3)
    root = write("stsb/de-test.tsv", "5\ta\tb", "4\tc\td", "1\te\tf")
    suite = load("stsb-multi-mt", root, ["de"])
    assert pairs(suite) == ["en-en", "de-de"]
    assert [missing.languages for missing in suite.missing] == ["en-de", "de-en"]
    assert "line 1, has the score" in suite.missing[0].reason


def test_mstsb_tells_monolingual_files_from_crossed_ones(write_sts: Any) -> None:
    for name in ("en", "zh-TW", "en-zh-TW", "en-de"):
        root = write_sts(f"sts/mstsb/{name}.tsv")
    assert pairs(load("mstsb", root)) == ["en-en", "zh-TW-zh-TW", "en-de", "en-zh-TW"]


def test_korsts_reads_the_original_with_its_header(write: Any) -> None:
    header = "genre\tfilename\tyear\tid\tscore\tsentence1\tsentence2"
    rows = [f'g\tf\t2012\t{i}\t{i}.0\tone "{i}\ttwo {i}' for i in range(5)]
    suite = load("korsts", write("KorNLUDatasets/KorSTS/sts-test.tsv", header, *rows))
    assert pairs(suite) == ["ko-ko"]
    assert suite.tasks[0].texts()[0] == 'one "0'


def test_tatoeba_reads_laser_files(write: Any) -> None:
    for code in ("deu", "cmn"):
        write(f"data/tatoeba/v1/tatoeba.{code}-eng.{code}", "eins", "zwei")
        root = write(f"data/tatoeba/v1/tatoeba.{code}-eng.eng", "one", "two")
    write("data/tatoeba/v1/tatoeba.fra-eng.fra", "un")  # its other side is missing
    suite = load("tatoeba", root)
    assert pairs(suite) == ["zh-en", "de-en"]
    assert suite.tasks[1].texts() == ["eins", "zwei", "one", "two"]
    assert len(suite.missing) == 110
    assert "110 of 112 test sets are missing" in suite.notes[-1]
    assert "fr-en" in suite.notes[-1]


def test_packed_files_are_found(write: Any) -> None:
    root: Path = write("sts17/x")
    text = "".join(f"{s}\t{a}\t{b}\n" for s, a, b in graded())
    (root / "sts17" / "en-en.tsv.gz").write_bytes(gzip.compress(text.encode()))
    assert pairs(load("sts17", root)) == ["en-en"]


def test_a_data_root_asks_nothing_of_the_hub(
    write_sts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*words: object, **more: object) -> None:
        raise AssertionError("the hub was asked")

    monkeypatch.setattr("isogloss.tasks.suites.load.read_hub_sets", refuse)
    assert load("sts17", write_sts("sts17/en-en.tsv")).missing


def test_mistakes_are_one_clear_line(write_sts: Any, tmp_path: Path) -> None:
    root = write_sts("sts17/en-en.tsv")
    with pytest.raises(
        InputError, match=r"'stsb-multimt' is unknown.*did you mean 'stsb-multi-mt'"
    ):
        load("stsb-multimt", root)
    with pytest.raises(
        MissingFileError,
        match=r"nowhere' does not exist.*a suite that is named is then read from the hub",
    ):
        load("sts17", tmp_path / "nowhere")
    with pytest.raises(MissingFileError, match="is no folder"):
        load("sts17", root / "sts17" / "en-en.tsv")
    with pytest.raises(InputError, match=r"no suite has de.*korsts: ko"):
        load("korsts", root, ["de"])
    with pytest.raises(UnknownLanguageError, match="xq"):
        load("sts17", root, ["xq"])
    with pytest.raises(MissingFileError, match=r"korsts: nothing was found.*KorNLUDatasets.*root"):
        load("korsts", root)


def test_a_language_that_one_of_several_suites_has_is_no_mistake(write_sts: Any) -> None:
    root = write_sts("sts17/en-en.tsv")
    write_sts("stsb/en-test.tsv")
    first, second = load_suites(
        ["sts17", "mstsb"], data_root=write_sts("mstsb/cs.tsv"), languages=["cs"]
    )
    assert pairs(first) == ["en-en"]
    assert "sts17 has no cs" in first.notes
    assert pairs(second) == ["cs-cs"]
    (german,) = load_suites(["sts17"], data_root=root, languages=["uk"], strict=False)
    assert "sts17 has no uk" in german.notes
    with pytest.raises(InputError, match=r"korsts has no test set in en, uk"):
        load_suites(["korsts"], data_root=root, languages=["uk"], strict=False)
