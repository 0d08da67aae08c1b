"""The page about an evaluation: which models, on which tasks, what came out."""

from collections.abc import Mapping, Sequence
from itertools import chain

from isogloss.metrics.score import Score
from isogloss.reports.figures.run_plots import NO_PLOTS, Plots, plot_sections
from isogloss.reports.models import model_code
from isogloss.reports.pages.page import Page, Section, table_sections
from isogloss.reports.published import PUBLISHED_NOTE, beside_published
from isogloss.reports.results import AGGREGATES, HOW_TO_READ, result_sections
from isogloss.reports.run_tables import finished, models_table, took, versions
from isogloss.reports.tables import without_long_gaps
from isogloss.reports.wording import (
    GROUPS,
    language,
    listed,
    plural,
    two_languages,
    without_paths,
)
from isogloss.runs.kinds import KINDS
from isogloss.runs.record import ComparisonRecord, EvaluateRecord
from isogloss.runs.signatures import bootstrap_of

_MOST_NAMED = 3


def evaluation_page(
    record: EvaluateRecord,
    scores: Mapping[str, Sequence[Score]],
    plots: Plots = NO_PLOTS,
) -> Page:
    """The page about an evaluation.

    Args:
        record: the record of the run; what it does not say is left out.
        scores: scores per model label; models become columns in this order.
        plots: pictures to show.

    Returns:
        A page that names no folder of this machine.
    """
    return scores_page(record, scores, plots, published=record.published)


def scores_page(
    record: ComparisonRecord,
    scores: Mapping[str, Sequence[Score]],
    plots: Plots,
    *,
    published: bool,
) -> Page:
    """The page about scores of several models.

    Args:
        record: the record of the run.
        scores: scores per model label.
        plots: pictures to show.
        published: whether to show what others have published for the same tests.

    Returns:
        A page that names no folder of this machine.
    """
    return Page(
        title=_title(scores),
        sections=[
            *_results(record, scores),
            *(_published(scores) if published else []),
            *plot_sections(plots),
            *table_sections({"Models": models_table(record.models)}),
        ],
        facts={name: text for name, text in _facts(record, scores).items() if text},
        origin=list(filter(None, [versions(record), took(record)])),
        scores=scores,
    )


def _results(record: ComparisonRecord, scores: Mapping[str, Sequence[Score]]) -> list[Section]:
    """Notes, then a section per kind of task."""
    shown = {label: without_long_gaps(rows) for label, rows in scores.items()}
    sections = result_sections(shown, every=True)
    above, notes = "Notes on these numbers:", [without_paths(note) for note in record.notes]
    if not sections:
        return [Section(text=["Nothing was evaluated."], above=above, items=notes)]
    grouped = any(score.languages in GROUPS for rows in shown.values() for score in rows)
    text = [HOW_TO_READ, AGGREGATES if grouped else ""]
    return [Section("Results", text=text, above=above, items=notes), *sections]


def _published(scores: Mapping[str, Sequence[Score]]) -> list[Section]:
    """What others have published."""
    tables = beside_published(scores)
    note = PUBLISHED_NOTE if tables else "None are known for what was measured here."
    beside = [Section(title, 3, table=table) for title, table in tables.items()]
    return [Section("Published results", text=[note]), *beside]


def _title(scores: Mapping[str, Sequence[Score]]) -> str:
    if not scores:
        return "Evaluation"
    if len(scores) > _MOST_NAMED:
        return f"Evaluation of {len(scores)} models"
    return f"Evaluation of {listed(list(scores))}"


def _facts(record: ComparisonRecord, scores: Mapping[str, Sequence[Score]]) -> dict[str, str]:
    measured = [score for score in chain.from_iterable(scores.values()) if not score.missing]
    rows = [score for score in measured if score.languages not in GROUPS]
    kinds = dict.fromkeys(score.task for score in rows)
    tasks = {(score.task, score.languages, score.data) for score in rows}
    codes = dict.fromkeys(tag for score in rows for tag in two_languages(score.languages))
    known = {tag: language(tag) for tag in codes}
    names = listed([KINDS[kind].title.lower() if kind in KINDS else kind for kind in kinds])
    return {
        "tasks": f"{plural(len(tasks), 'task')}: {names}" if tasks else "",
        "languages": listed([name for tag, name in known.items() if name != tag]),
        "teacher": model_code(record.teacher),
        **finished(record),
        "bootstrap": bootstrap_of(scores),
    }
