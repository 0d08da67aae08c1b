"""What corpora hold, against counting by hand."""

from pathlib import Path

import pytest

from isogloss.corpora.statistics import SideStatistics
from isogloss.corpora.words import words_of
from isogloss.data.fetched import opus_file
from isogloss.data.languages import LanguagePair
from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.recipes.data.stats import stats
from isogloss.reports.pages.stats import coverage_table, places_table


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    """A small corpus with a row twice, a row of one cell, and a row that is not translated."""
    path = tmp_path / "pairs.tsv"
    rows = ["A dog runs.\tEin Hund läuft.", "A cat sleeps.\t\u0406\u0414\u0406."]
    rows += [rows[0], "alone", "Berlin\tberlin"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return f"en-de={path}"


def test_rows_lengths_scripts_and_repetitions_are_counted(pairs: str) -> None:
    (corpus,) = stats([pairs]).corpora
    assert (corpus.pairs, corpus.unreadable) == (4, {"too few columns": 1})
    assert (corpus.duplicates, corpus.identical) == (1, 1)
    assert corpus.target.scripts == {"Latin": 3, "Cyrillic": 1}
    assert corpus.source.lengths == {11: 2, 13: 1, 6: 1}
    assert corpus.source.quantile(0.5) == 11 and corpus.source.quantile(1) == 13
    assert corpus.source.words == {"a": 3, "dog": 2, "runs": 2, "cat": 1, "sleeps": 1, "berlin": 1}
    assert (corpus.source.distinct, corpus.target.distinct) == (3, 3)
    assert len(corpus.sample) == 4


def test_words_that_a_corpus_never_shows_are_told(pairs: str, tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("Der Hund läuft. Der Hund bellt.\n", encoding="utf-8")
    found = stats([pairs], against=own)
    assert found.coverage is not None
    assert found.coverage.language == "de"
    assert found.coverage.missing == {"der": 2, "bellt": 1}
    assert found.coverage.share == pytest.approx(3 / 6)
    assert found.coverage.share_different == pytest.approx(2 / 4)
    assert any(p.corpus.place == "opus:Europarl/v8" for p in found.proposals)
    table = coverage_table(found.coverage.as_json())
    assert table.notes == ("never shown: der (2), bellt (1)",)


def test_a_corpus_in_the_cache_is_measured(
    pairs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    from isogloss.corpora.fetch import fetch_missing
    from isogloss.data import parse_where

    monkeypatch.setenv("ISOGLOSS_CACHE", str(tmp_path / "cache"))
    archive = opus_file("TED2020", "v1", LanguagePair("en", "de"))
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr("T.de-en.de", "Der Hund bellt.\n")
        stream.writestr("T.de-en.en", "The dog barks.\n")
    fetch_missing([parse_where("en-de=opus:TED2020/v1")])
    own = tmp_path / "own.txt"
    own.write_text("Der Hund bellt heute.\n", encoding="utf-8")
    first = stats([pairs], against=own).proposals[0]
    assert (first.corpus.place, first.shows) == ("opus:TED2020/v1", 2)


def test_sentences_of_a_test_are_counted(pairs: str, tmp_path: Path) -> None:
    root = tmp_path / "data" / "tatoeba"
    root.mkdir(parents=True)
    (root / "tatoeba.deu-eng.deu").write_text("Ein Hund läuft!\n", encoding="utf-8")
    (root / "tatoeba.deu-eng.eng").write_text("Something else.\n", encoding="utf-8")
    (corpus,) = stats([pairs], data_root=tmp_path / "data").corpora
    assert corpus.tested["tatoeba"] == 2
    assert "2 with a sentence of tatoeba" in " ".join(places_table([corpus.as_json()]).notes)


def test_files_are_written_where_a_folder_is_named(pairs: str, tmp_path: Path) -> None:
    stats([pairs], out=tmp_path / "out")
    assert (tmp_path / "out" / "stats.json").is_file()
    assert (tmp_path / "out" / "plots" / "lengths.png").stat().st_size > 5_000


def test_mistakes_are_one_line(pairs: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("12 34\n")
    with pytest.raises(DataFormatError, match="has no words"):
        stats([pairs], against=empty)
    with pytest.raises(MissingFileError):
        stats([pairs], against=tmp_path / "nowhere")
    other = tmp_path / "other.txt"
    other.write_text("words\n")
    with pytest.raises(InputError, match="names two files"):
        stats([pairs], against=f"{empty},{other}")
    with pytest.raises(InputError, match="no pairs"):
        stats([])
    with pytest.raises(DataFormatError, match="no pair that can be read"):
        stats([f"en-de={empty}"])


def test_words_of_unspaced_scripts_are_icus_and_of_hangul_letters_in_twos() -> None:
    assert words_of("東京へ行く Tokyo 5 학교에") == ["東京", "へ", "行く", "tokyo", "학교", "교에"]
    assert SideStatistics("de").quantile(0.5) == 0
