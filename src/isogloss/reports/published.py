"""Published results, shown beside measured ones and never mixed with them."""

import functools
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

from isogloss.metrics.score import Score
from isogloss.reports.tables import Table, scaled
from isogloss.reports.wording import GROUPS, two_languages

PUBLISHED_NOTE = (
    "Rows marked `published` are as their source prints them and were not measured here; their"
    " data, texts or protocol may differ."
)


class Column(NamedTuple):
    """What a number is of: the set or group of a suite, and the statistic."""

    languages: str
    metric: str


@dataclass(frozen=True)
class PublishedTable:
    """Numbers of one source on one suite.

    Args:
        data: suites that it may stand beside.
        source: who published it.
        columns: what the numbers are of.
        systems: numbers per system, times 100, one per column.
        languages: languages that its aggregates are over; none: all of the suite.
    """

    data: tuple[str, ...]
    source: str
    columns: tuple[Column, ...]
    systems: Mapping[str, tuple[float, ...]]
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishedStudy:
    """A table of one source whose rows are students, or whose tests are the author's own.

    Args:
        name: name of the study.
        source: who published it.
        tests: the test data.
        about: the unit, and what the students were.
        columns: pairs of languages.
        systems: numbers per row, times 100, one per column; nan where none was printed.
        pairs: what each number was learned from, in pairs; empty where the study is not about that.
    """

    name: str
    source: str
    tests: str
    about: str
    columns: tuple[str, ...]
    systems: Mapping[str, tuple[float, ...]]
    pairs: Mapping[str, tuple[int, ...]]

    def table(self) -> Table:
        """As printed, for people."""
        rows = [(name, *map(_as_printed, values)) for name, values in self.systems.items()]
        return Table(
            ("published", *self.columns),
            tuple(rows),
            (f"{self.source}, on {self.tests}: {self.about}",),
        )


@functools.cache
def published_tables() -> tuple[PublishedTable, ...]:
    """All that is known."""
    content = _content()
    return tuple(
        PublishedTable(
            data=tuple(entry["data"]),
            source=content["sources"][entry["source"]],
            columns=tuple(Column(*column) for column in entry["columns"]),
            systems={name: tuple(values) for name, values in entry["systems"].items()},
            languages=tuple(entry.get("languages", ())),
        )
        for entry in content["table"]
    )


@functools.cache
def published_study(name: str) -> PublishedStudy | None:
    """What was published of a study; `None` where its rows are in `published_tables`."""
    content = _content()
    for entry in content.get("study", ()):
        if entry["name"] == name:
            return PublishedStudy(
                name=name,
                source=content["sources"][entry["source"]],
                tests=entry["tests"],
                about=entry["about"],
                columns=tuple(entry["columns"]),
                systems={label: tuple(row) for label, row in entry["systems"].items()},
                pairs={label: tuple(row) for label, row in entry.get("pairs", {}).items()},
            )
    return None


def beside_published(scores: Mapping[str, Sequence[Score]]) -> dict[str, Table]:
    """Published results for what was measured: one table per suite and source.

    Only columns are shown in which a model was measured, on the whole of what the published number
    is of: a mean over some of a suite's sets stands beside no mean over all of them.

    Args:
        scores: scores per model label.

    Returns:
        Tables by their title; systems as rows, each marked `measured` or `published`.
    """
    suites = dict.fromkeys(score.data for rows in scores.values() for score in rows)
    found = {}
    for suite in suites:
        for table in published_tables():
            if suite in table.data:
                drawn = _draw(table, suite, scores)
                if drawn is not None:
                    found[f"{suite}, beside: {table.source}"] = drawn
    return found


def _draw(table: PublishedTable, suite: str, scores: Mapping[str, Sequence[Score]]) -> Table | None:
    measured = {
        label: {
            Column(score.languages, score.metric): score
            for score in rows
            if score.data == suite and score.value is not None and _whole(table, score, rows)
        }
        for label, rows in scores.items()
    }
    columns = [c for c in table.columns if any(c in row for row in measured.values())]
    if not columns:
        return None
    rows = [
        (label, "measured", *(scaled(row.get(column)) for column in columns))
        for label, row in measured.items()
    ]
    places = [table.columns.index(column) for column in columns]
    rows += [
        (name, "published", *(_as_printed(values[place]) for place in places))
        for name, values in table.systems.items()
    ]
    heads = (f"{column.languages} {column.metric}" for column in columns)
    return Table(("system", "", *heads), tuple(rows))


def _whole(table: PublishedTable, score: Score, rows: Sequence[Score]) -> bool:
    """Whether a score is of all that the published number is of."""
    if score.languages not in GROUPS:
        return True
    pairs = {row.languages for row in rows if row.data == score.data} - GROUPS.keys()
    languages = {code for pair in pairs for code in two_languages(pair)}
    return not score.dropped and (not table.languages or languages == set(table.languages))


def _content() -> dict[str, Any]:
    text = (files(__package__) / "published.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _as_printed(value: float) -> str:
    if math.isnan(value):
        return "-"
    digits = f"{value:.4f}".rstrip("0")
    return f"{digits}0" if digits.endswith(".") else digits
