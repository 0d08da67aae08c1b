"""The page about a cleaning or a filtering: what every filter dropped, place by place."""

from collections.abc import Mapping
from typing import Any

from isogloss.reports.pages.page import Page, Section
from isogloss.reports.tables import Table
from isogloss.reports.wording import count

CLEANINGS: Mapping[str, str] = {
    "data clean": "Cleaned parallel sentences",
    "data filter": "Parallel sentences, judged by a model",
}
"""Headings by the `command` in `run.json`."""


def clean_page(run: Mapping[str, Any]) -> Page:
    """The page about a cleaning.

    Args:
        run: the content of `run.json`.
    """
    data = run.get("data", ())
    read, kept = (sum(part.get(name, 0) for part in data) for name in ("read", "kept"))
    sections = [
        Section(
            text=[
                f"{count(kept)} of {count(read)} rows were kept ({kept / max(1, read):.1%}). Every "
                "row that was dropped is in `rejects/`, a file for each place, with its number, "
                "reason and text."
            ],
            table=_places(data),
        ),
        Section("By filter", text=["In the order in which they judge."], table=_filters(run)),
        Section("By reason", table=_reasons(data)),
        Section("By the model", text=_models(run), table=_scored(data)),
        Section("Mended", table=_counts(data, "mended", ("what", "texts"))),
        Section("Filters that could not judge", items=_idle(data)),
        Section("Kept out", table=_tested(run)),
    ]
    facts = {"finished": str(run.get("finished", "")), "isogloss": str(run.get("isogloss", ""))}
    shown = [part for part in sections if part.text or part.items or part.table is not None]
    return Page(CLEANINGS[run["command"]], shown, facts)


def _places(data: Any) -> Table:
    rows = [
        (
            _name(part["where"]),
            count(part["read"]),
            count(part["kept"]),
            f"{part['kept'] / max(1, part['read']):.1%}",
        )
        for part in data
    ]
    return Table(("place", "read", "kept", "share"), tuple(rows))


def _models(run: Mapping[str, Any]) -> list[str]:
    recipe = run.get("recipe", {})
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


def _scored(data: Any) -> Table | None:
    rows = [
        (
            _name(part["where"]),
            "-" if scored.get("threshold") is None else f"{scored['threshold']:.4f}",
            "-" if scored.get("translations") is None else f"{scored['translations']:.1%}",
            count(scored.get("sampled", 0)),
        )
        for part in data
        if (scored := part.get("scored"))
    ]
    heads = ("place", "kept from score", "translations", "pairs sampled")
    return Table(heads, tuple(rows)) if rows else None


def _name(where: str) -> str:
    """A place without the folders of this machine."""
    languages, equals, place = where.partition("=")
    if place.startswith(("hf:", "opus:")):
        return where
    return languages + equals + ",".join(part.rpartition("/")[2] for part in place.split(","))


def _filters(run: Mapping[str, Any]) -> Table | None:
    data = run.get("data", ())
    read = max(1, sum(part["read"] for part in data))
    recipe = run.get("recipe", {})
    named = ("reading", *recipe.get("filters", ("basic", "copied", "agreement")))
    totals = {name: sum(part.get("by_filter", {}).get(name, 0) for part in data) for name in named}
    rows = [(name, count(n), f"{n / read:.2%}") for name, n in totals.items() if n]
    return Table(("filter", "dropped", "share of all rows"), tuple(rows)) if rows else None


def _reasons(data: Any) -> Table | None:
    return _counts(data, "dropped", ("reason", "rows"))


def _counts(data: Any, key: str, heads: tuple[str, str]) -> Table | None:
    totals: dict[str, int] = {}
    for part in data:
        for name, n in part.get(key, {}).items():
            totals[name] = totals.get(name, 0) + n
    ordered = sorted(totals.items(), key=lambda item: -item[1])
    return Table(heads, tuple((name, count(n)) for name, n in ordered)) if ordered else None


def _idle(data: Any) -> list[str]:
    return [
        f"{_name(part['where'])}: {name}: {why}"
        for part in data
        for name, why in part.get("idle", {}).items()
    ]


def _tested(run: Mapping[str, Any]) -> Table | None:
    sets = run.get("tested", {})
    rows = tuple((name.rpartition("/")[2], count(n)) for name, n in sets.items())
    return Table(("evaluation set", "sentences"), rows) if rows else None
