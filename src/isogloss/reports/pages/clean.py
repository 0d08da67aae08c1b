"""The page about a cleaning or a filtering: what every filter dropped, place by place."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from isogloss.reports.pages.page import Page, Section
from isogloss.reports.run_tables import finished
from isogloss.reports.tables import Table
from isogloss.reports.wording import count
from isogloss.runs.parts import CleanedData
from isogloss.runs.record import CleanRecord

HEADINGS: Mapping[str, str] = {
    "data clean": "Cleaned parallel sentences",
    "data filter": "Parallel sentences, judged by a model",
}


def clean_page(record: CleanRecord) -> Page:
    """The page about a cleaning.

    Args:
        record: the record of the run.
    """
    data = record.data
    read, kept = sum(part.read for part in data), sum(part.kept for part in data)
    reasons, mended = _sums(part.dropped for part in data), _sums(part.mended for part in data)
    sections = [
        Section(
            text=[
                f"{count(kept)} of {count(read)} rows were kept ({kept / max(1, read):.1%}). Every "
                "row that was dropped is in `rejects/`, a file for each place, with its number, "
                "reason and text."
            ],
            table=_places(data),
        ),
        Section("By filter", text=["In the order in which they judge."], table=_filters(record)),
        Section("By reason", table=_counts(reasons, ("reason", "rows"))),
        Section("By the model", text=_models(record.recipe), table=_scored(data)),
        Section("Mended", table=_counts(mended, ("what", "texts"))),
        Section("Filters that could not judge", items=_idle(data)),
        Section("Kept out", table=_tested(record.tested)),
    ]
    shown = [part for part in sections if part.text or part.items or part.table is not None]
    return Page(HEADINGS[record.command], shown, finished(record))


def _places(data: Sequence[CleanedData]) -> Table:
    rows = [
        (
            _name(part.where),
            count(part.read),
            count(part.kept),
            f"{part.kept / max(1, part.read):.1%}",
        )
        for part in data
    ]
    return Table(("place", "read", "kept", "share"), tuple(rows))


def _models(recipe: Mapping[str, Any]) -> list[str]:
    if not recipe.get("model"):
        return []
    text = (
        f"A score is the cosine of both sides, less what their {recipe['k']} neighbors in a sample "
        f"of the place have (margin: {recipe['margin']}); higher is better. The share of "
        "translations is estimated: pairs of which one side finds the other among all are taken "
        "for right, and sides put together at random for wrong."
    )
    teacher = f", source read by {recipe['teacher']}" if recipe.get("teacher") else ""
    return [f"Model: {recipe['model']}{teacher}.", text]


def _scored(data: Sequence[CleanedData]) -> Table | None:
    rows = [
        (
            _name(part.where),
            "-" if scored.threshold is None else f"{scored.threshold:.4f}",
            "-" if scored.translations is None else f"{scored.translations:.1%}",
            count(scored.sampled),
        )
        for part in data
        if (scored := part.scored)
    ]
    heads = ("place", "kept from score", "translations", "pairs sampled")
    return Table(heads, tuple(rows)) if rows else None


def _name(where: str) -> str:
    """A place without the folders of this machine."""
    languages, equals, place = where.partition("=")
    if place.startswith(("hf:", "opus:")):
        return where
    return languages + equals + ",".join(part.rpartition("/")[2] for part in place.split(","))


def _filters(record: CleanRecord) -> Table | None:
    read = max(1, sum(part.read for part in record.data))
    totals = _sums(part.by_filter for part in record.data)
    named = ("reading", *record.recipe.get("filters", ("basic", "copied", "agreement")))
    rows = [(name, count(n), f"{n / read:.2%}") for name in named if (n := totals[name])]
    return Table(("filter", "dropped", "share of all rows"), tuple(rows)) if rows else None


def _sums(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Counts of several places, added up."""
    totals: Counter[str] = Counter()
    for part in counts:
        totals.update(part)
    return totals


def _counts(totals: Counter[str], heads: tuple[str, str]) -> Table | None:
    rows = tuple((name, count(n)) for name, n in totals.most_common())
    return Table(heads, rows) if rows else None


def _idle(data: Sequence[CleanedData]) -> list[str]:
    return [
        f"{_name(part.where)}: {name}: {why}" for part in data for name, why in part.idle.items()
    ]


def _tested(sets: Mapping[str, int]) -> Table | None:
    rows = tuple((name.rpartition("/")[2], count(n)) for name, n in sets.items())
    return Table(("evaluation set", "sentences"), rows) if rows else None
