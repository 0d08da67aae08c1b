"""The page about a published table made again: what it asks, what came out, what was published."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots
from isogloss.reports.pages.evaluate import scores_page
from isogloss.reports.pages.page import Page, Section
from isogloss.reports.published import PUBLISHED_NOTE, published_study
from isogloss.reports.wording import count, listed
from isogloss.runs.parts import StudyRecord
from isogloss.runs.record import ReproduceRecord

_ROWS = {
    "models": "Columns are models.",
    "sizes": "Columns are students of one recipe that learned from so many pairs, held-out ones"
    " among them; the pairs of a smaller column are among those of a larger one.",
    "corpora": "Columns are students of one recipe that learned from different pairs.",
}


def study_page(
    record: ReproduceRecord,
    scores: Mapping[str, Sequence[Score]],
    plots: Plots = NO_PLOTS,
) -> Page:
    """The page about a study: that of an evaluation, with the question first.

    Args:
        record: the record of the run.
        scores: scores per row of the study.
        plots: pictures to show.

    Returns:
        A page that names no folder of this machine.
    """
    study = record.study
    published = published_study(study.name)
    page = scores_page(record, scores, plots, published=published is None)
    sections = [Section(text=[f"{study.question} {_rows(study)}"]), *page.sections]
    if published is not None:
        table = published.table()
        sections.append(Section("Published results", text=[PUBLISHED_NOTE], table=table))
    facts = {"published by": study.source, **page.facts}
    return replace(page, title=f"{study.name}: {study.title}", facts=facts, sections=sections)


def _rows(study: StudyRecord) -> str:
    """What the columns are, and how many pairs those learned from whose names do not tell."""
    pairs = {row.label: sum(row.pairs.values()) for row in study.rows}
    untold = {label: n for label, n in pairs.items() if n and not label.startswith(f"{count(n)} ")}
    counts = listed([f"{label}: {count(n)}" for label, n in untold.items()])
    said = _ROWS.get(study.varies, "")
    return f"{said} Pairs: {counts}." if counts else said
