"""Published results: complete, in the suites' own names, and never mistaken for measured ones."""

from dataclasses import replace

import pytest

from isogloss.metrics.score import Score
from isogloss.reports.published import beside_published, published_tables
from isogloss.reports.wording import GROUPS
from isogloss.tasks.suites import SUITES


def score(languages: str, metric: str, value: float, data: str = "sts17-paper") -> Score:
    return Score("sts", languages, metric, value, value - 0.1, value + 0.1, 250, "s", data=data)


CARDS = SUITES | {place.name: card for card in SUITES.values() for place in card.beside}


@pytest.mark.parametrize("table", published_tables(), ids=lambda table: str(table.data))
def test_a_table_is_whole_and_names_sets_that_its_suites_have(table):  # type: ignore[no-untyped-def]
    for name in table.data:
        pairs = {subset.languages for subset in CARDS[name].subsets} | GROUPS.keys()
        lacking = {column.languages for column in table.columns} - pairs
        assert lacking <= {"ko-ko"}
    assert table.source
    for values in table.systems.values():
        assert len(values) == len(table.columns)
        assert all(1 < value < 100 for value in values)


def test_golden_rows() -> None:
    """Tables 1, 2 and 6 of arXiv 2004.09813, as printed."""
    sts, _, *others = published_tables()
    assert sts.systems["XLM-R ← SBERT-paraphrases"] == (88.8, 86.3, 79.6, 83.7)
    assert sts.systems["LaBSE"] == (79.4, 80.8, 69.1, 73.5)
    bucc = next(table for table in others if "bucc2018" in table.data)
    assert bucc.systems["LASER"] == (95.4, 92.4, 92.3, 91.7)


def test_measured_and_published_stand_side_by_side_and_are_marked() -> None:
    measured = {"de": [score("en-en", "spearman", 0.8123), score("en-en", "pearson", 0.8)]}
    title, table = next(iter(beside_published(measured).items()))
    assert title == "sts17-paper, beside: Reimers and Gurevych 2020, arXiv 2004.09813"
    assert table.columns == ("system", "", "en-en spearman")
    assert table.rows[0] == ("de", "measured", "81.23")
    assert ("mBERT ← SBERT-nli-stsb", "published", "82.5") in table.rows
    assert {row[1] for row in table.rows[1:]} == {"published"}


def test_a_mean_over_some_sets_stands_beside_no_published_mean() -> None:
    whole = score("cross-lingual", "spearman_mean", 0.7)
    (table, *_) = beside_published({"m": [whole]}).values()
    assert ("LASER", "published", "67.0") in table.rows
    part = replace(whole, dropped={"missing test sets": 1})
    assert beside_published({"m": [part]}) == {}


def test_a_mean_over_other_languages_stands_beside_no_published_mean() -> None:
    def scores(*pairs: str) -> dict[str, list[Score]]:
        rows = [score(pair, "pearson", 0.5, "stsb-multi-mt") for pair in pairs]
        return {"m": [*rows, score("cross-lingual", "spearman_joined", 0.5, "stsb-multi-mt")]}

    (table,) = beside_published(scores("en-en", "de-de", "en-de", "de-en")).values()
    assert table.rows[1] == ("cross-en-de-roberta", "published", "85.25")
    assert beside_published(scores("en-en", "fr-fr", "en-fr")) == {}


def test_what_nobody_published_has_no_table() -> None:
    assert beside_published({"m": [score("en-en", "spearman", 0.5, "own.tsv")]}) == {}
    assert beside_published({"m": [score("de-en", "f1", 0.5, "bucc-style")]}) == {}
    (table,) = beside_published({"m": [score("zh-en", "f1", 0.5, "bucc2018-dev")]}).values()
    assert ("LaBSE", "published", "93.0") in table.rows
