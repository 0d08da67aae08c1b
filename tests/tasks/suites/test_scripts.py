"""Suites in the scripts of their languages are read without a word of complaint."""

import logging
from pathlib import Path
from typing import Any

import pytest

from isogloss.data.languages import canonical_language
from isogloss.data.scripts import expected_letters
from isogloss.errors import DataFormatError
from isogloss.tasks import read_bitext, read_health
from isogloss.tasks.suites import SUITES, load_suites
from isogloss.tasks.suites.card import Subset

from .test_from_hub import Make, on_hub

__all__ = ["on_hub"]

TEXTS = {
    "ARABIC": "الكتاب على الطاولة",
    "ARMENIAN": "գիրքը սեղանի վրա է",
    "BENGALI": "বইটি টেবিলের উপর",
    "CJK": "书在桌子上",
    "CYRILLIC": "книга лежить на столі",
    "DEVANAGARI": "किताब मेज पर है",
    "ETHIOPIC": "መጽሐፉ ጠረጴዛው ላይ ነው",
    "GEORGIAN": "წიგნი მაგიდაზეა",
    "GREEK": "το βιβλίο είναι εδώ",
    "HANGUL": "책이 책상 위에 있다",
    "HEBREW": "הספר על השולחן",
    "KHMER": "សៀវភៅនៅលើតុ",
    "LATIN": "the book is here",
    "MALAYALAM": "പുസ്തകം മേശപ്പുറത്ത്",
    "TAMIL": "புத்தகம் மேசை மேல்",
    "TELUGU": "పుస్తకం బల్ల మీద",
    "THAI": "หนังสืออยู่บนโต๊ะ",
}
FOREIGN = ["ru", "ar", "zh", "ja", "ko", "hi", "th", "el", "he", "ka"]
N = 20


def text(code: str) -> str:
    letters = expected_letters(canonical_language(code)) & TEXTS.keys()
    return TEXTS[min(letters, default="CYRILLIC")]


def sides(subset: Subset) -> list[list[str]]:
    first, second = text(subset.first), text(subset.second)
    return [[f"{first} {at}" for at in range(N)], [f"{at} {second}" for at in range(N)]]


def complaints(log: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in log.records if r.levelno >= logging.WARNING]


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_in_a_folder(name: str, write: Any, caplog: pytest.LogCaptureFixture) -> None:
    card, root = SUITES[name], Path()
    for subset in card.subsets:
        files = next(f for f in card.layout.files if subset.monolingual or "{b}" in f[0])
        names = [
            f"{card.layout.folders[0]}/{file}".format(a=subset.first, b=subset.second)
            for file in files
        ]
        columns = sides(subset)
        if card.kind == "bitext":
            content = columns
        elif card.kind == "bucc":
            content = [[f"s-{at}\t{t}" for at, t in enumerate(side)] for side in columns]
            content.append([f"s-{at}\ts-{at}" for at in range(N)])
        else:
            rows = enumerate(zip(*columns, strict=True))
            content = [[f"{at % 6}\t{one}\t{other}" for at, (one, other) in rows]]
        for file, lines in zip(names, content, strict=True):
            root = write(file, *lines)
    (suite,) = load_suites([name], data_root=root)
    assert not suite.missing
    assert complaints(caplog) == []


@pytest.mark.parametrize("name", ["tatoeba", "sts17"])
def test_a_suite_of_the_hub(name: str, on_hub: Make, caplog: pytest.LogCaptureFixture) -> None:
    place = SUITES[name].hub
    assert place is not None
    chosen = [s for s in SUITES[name].subsets if s.first in ("rus", "cmn", "ar", "ko")]
    configs = {}
    for subset in chosen:
        rows = enumerate(zip(*sides(subset), strict=True))
        table = [{"sentence1": a, "sentence2": b, "score": float(at % 6)} for at, (a, b) in rows]
        configs[place.config.format(a=subset.first, b=subset.second)] = table
    on_hub(name, configs)
    (suite,) = load_suites([name])
    assert len(suite.tasks) == len(chosen) > 1
    assert complaints(caplog) == []


@pytest.mark.parametrize("code", FOREIGN)
def test_files_of_which_no_languages_are_said(
    code: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = sides(Subset(code, "en"))
    path = tmp_path / "a.tsv"
    for first, second in ((one, other), (other, one)):
        path.write_text("\n".join(map("\t".join, zip(first, second, strict=True))), "utf-8")
        assert len(read_bitext(path)) == len(read_health(path)) == N
    for name, side in (("a", one), ("b", other)):
        (tmp_path / name).write_text("\n".join(side), encoding="utf-8")
    assert len(read_health(tmp_path / "a", tmp_path / "b")) == N
    assert complaints(caplog) == []


def test_languages_that_are_said_are_looked_at(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = sides(Subset("ru", "en"))
    (tmp_path / "a").write_text("\n".join(one), encoding="utf-8")
    (tmp_path / "b").write_text("\n".join(other), encoding="utf-8")
    for read in (read_bitext, read_health):
        read(tmp_path / "a", tmp_path / "b", languages="el-en")
        assert "what should be Greek is in Cyrillic letters" in caplog.text
        caplog.clear()
        with pytest.raises(DataFormatError, match="each other's script"):
            read(tmp_path / "a", tmp_path / "b", languages="en-ru")
