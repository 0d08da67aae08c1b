"""A page as one HTML file that needs no other: no network, no folder beside, no script to read it.

Style, pictures, and a small script that sorts tables stand inside the file.
"""

import re
from collections.abc import Sequence
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from isogloss.reports.pages.page import Page
from isogloss.reports.results import TEACHER
from isogloss.reports.tables import (
    ScoreRow,
    Table,
    best_labels,
    format_interval,
    format_score,
    scaled,
    score_notes,
    score_rows,
)
from isogloss.reports.templates import render_html
from isogloss.reports.wording import GROUPS, data_name

if TYPE_CHECKING:
    from markupsafe import Markup

_NUMBER = re.compile(r"[-<>≥≤ ]*[\d,.]+(?: ?%)?|-|")
_BOLD = "bold: the best of a row; where intervals overlap it may be so by chance"


def html_page(page: Page) -> str:
    """A page as a document of its own.

    Args:
        page: the page.

    Returns:
        HTML that refers to nothing outside itself.
    """
    beside = files(__package__)
    return render_html(
        "pages/report.html.jinja",
        page=page,
        style=beside.joinpath("style.css").read_text(encoding="utf-8"),
        script=beside.joinpath("sorting.js").read_text(encoding="utf-8"),
        best_models=_best_models,
        breakable=_breakable,
        format_interval=format_interval,
        format_score=format_score,
        html_notes=_notes,
        numeric_columns=_numeric_columns,
        rows_by_task=_rows_by_task,
        scaled=scaled,
        score_rows=score_rows,
        task_details=_task_details,
    ).lstrip()


def _numeric_columns(table: Table) -> list[bool]:
    """Whether a column holds nothing but numbers."""
    columns = zip(*table.rows, strict=True) if table.rows else ((cell,) for cell in table.columns)
    return [all(map(_NUMBER.fullmatch, column)) for column in columns]


def _rows_by_task(rows: Sequence[ScoreRow]) -> list[list[ScoreRow]]:
    """Rows that follow each other and are of one task."""
    groups = groupby(rows, key=lambda row: (row.task, row.languages, row.data))
    return [list(group) for _, group in groups]


def _task_details(row: ScoreRow) -> str:
    """The codes of its languages, its data, and how many items it has."""
    pair = "" if row.languages in GROUPS else row.languages
    count = f"{row.n:,}{'†' if row.small else ''}"
    facts = (pair, data_name(row.data), f"n\N{NO-BREAK SPACE}{count}")
    return " · ".join(fact for fact in facts if fact)


def _breakable(name: str) -> "Markup":
    """A long name that may be broken after its underscores."""
    from markupsafe import Markup, escape

    return Markup(str(escape(name)).replace("_", "_<wbr>"))


def _best_models(row: ScoreRow) -> set[str]:
    """The best of a row; a teacher is no rival where distance to it is measured."""
    rivals = {
        label: score
        for label, score in row.scores.items()
        if not (row.task == "health" and label == TEACHER)
    }
    return best_labels(row._replace(scores=rivals))


def _notes(rows: Sequence[ScoreRow]) -> list[str]:
    """Notes below a table of scores."""
    marked = [_BOLD] if any(map(_best_models, rows)) else []
    return [*marked, *score_notes(rows)]
