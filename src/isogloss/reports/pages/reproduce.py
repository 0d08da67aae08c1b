"""The page about a published table made again: what it asks, what came out, what was published."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots
from isogloss.reports.pages.evaluate import evaluation_page
from isogloss.reports.pages.page import Page, Section
from isogloss.reports.published import PUBLISHED_NOTE, published_study
from isogloss.reports.run_facts import RunFacts
from isogloss.reports.wording import count, listed

REPRODUCE = "reproduce"
"""The `command` in `run.json` of a study."""

_ROWS = {
    "models": "Columns are models.",
    "sizes": "Columns are students of one recipe that learned from so many pairs, held-out ones"
    " among them; the pairs of a smaller column are among those of a larger one.",
    "corpora": "Columns are students of one recipe that learned from different pairs.",
}


def study_page(
    run: Mapping[str, Any],
    scores: Mapping[str, Sequence[Score]],
    plots: Plots = NO_PLOTS,
) -> Page:
    """The page about a study: that of an evaluation, with the question first.

    Args:
        run: the content of `run.json`.
        scores: scores per row of the study.
        plots: pictures to show.

    Returns:
        A page that names no folder of this machine.
    """
    study = RunFacts(run).section("study")
    published = published_study(str(study.get("name", "")))
    page = evaluation_page({**run, "published": published is None}, scores, plots)
    sections = [Section(text=[f"{study.get('question', '')} {_rows(study)}"]), *page.sections]
    if published is not None:
        table = published.table()
        sections.append(Section("Published results", text=[PUBLISHED_NOTE], table=table))
    facts = {"published by": str(study.get("source", "")), **page.facts}
    title = f"{study.get('name', 'study')}: {study.get('title', '')}"
    return replace(page, title=title, facts=facts, sections=sections)


def _rows(study: Mapping[str, Any]) -> str:
    """What the columns are, and how many pairs those learned from whose names do not tell."""
    pairs = {row["label"]: sum((row.get("pairs") or {}).values()) for row in study.get("rows", ())}
    untold = {label: n for label, n in pairs.items() if n and not label.startswith(f"{count(n)} ")}
    counts = listed([f"{label}: {count(n)}" for label, n in untold.items()])
    said = _ROWS.get(str(study.get("varies")), "")
    return f"{said} Pairs: {counts}." if counts else said
