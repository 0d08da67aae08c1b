"""Tables as HTML: figures aligned, the best of a row marked, intervals in the background.

The rows of one task stand in one `<tbody>`, so that sorting moves a task whole.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from isogloss.metrics.score import Score
from isogloss.reports.pages.html.text import inline, tag
from isogloss.reports.pages.page import ScoreTable
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
from isogloss.reports.wording import GROUPS, data_name, pair_name

_NUMBER = re.compile(r"[-<>≥≤ ]*[\d,.]+(?: ?%)?|-|")

_BOLD = "bold: the best of a row; where intervals overlap it may be so by chance"


def table_html(table: Table) -> str:
    """A table of text; columns that hold nothing but numbers stand right."""
    numeric = [all(map(_NUMBER.fullmatch, column)) for column in zip(*table.rows, strict=True)]
    kinds = ["number" if right else "" for right in numeric]
    head = "".join(
        tag("th", inline(name), scope="col", class_=kind)
        for name, kind in zip(table.columns, kinds, strict=True)
    )
    rows = []
    for row in table.rows:
        first, *rest = [(inline(cell), kind) for cell, kind in zip(row, kinds, strict=True)]
        cells = tag("th", first[0], scope="row", class_=first[1])
        rows.append(tag("tr", cells + "".join(tag("td", c, class_=kind) for c, kind in rest)))
    body = tag("tbody", "\n".join(rows))
    return _framed(f"<thead>{tag('tr', head)}</thead>\n{body}") + notes_html(table.notes)


def score_table_html(block: ScoreTable) -> str:
    """Scores with models as columns: task, metric, and of each model a value with its interval."""
    rows = score_rows(block.scores)
    heads = [tag("th", name, scope="col") for name in ("task", "metric")]
    for label in block.scores:
        heads.append(tag("th", escape(label), scope="col", class_="number"))
    groups = groupby(rows, key=lambda row: (row.task, row.languages, row.data))
    bodies = [_group(list(group)) for _, group in groups]
    head = f"<thead>{tag('tr', ''.join(heads))}</thead>"
    marked = [_BOLD] if any(_best(row) for row in rows) else []
    notes = [*marked, *score_notes(rows)]
    return _framed("\n".join([head, *bodies]), sortable=True) + notes_html(notes)


def signatures_html(scores: Mapping[str, Sequence[Score]]) -> str:
    """Every score with its signature, one per row."""
    heads = ("model", "task", "languages", "data", "metric", "n", "value", "signature")
    rows = []
    for label, found in scores.items():
        for score in found:
            texts = (label, score.task, score.languages, score.data, score.metric)
            cells = "".join(tag("td", escape(text)) for text in texts)
            numbers = (f"{score.n:,}", format_score(score))
            cells += "".join(tag("td", escape(text), class_="number") for text in numbers)
            rows.append(tag("tr", cells + tag("td", tag("code", escape(score.signature)))))
    head = tag("tr", "".join(tag("th", name, scope="col") for name in heads))
    body = tag("tbody", "\n".join(rows))
    return _framed(f"<thead>{head}</thead>\n{body}", kind="all")


def notes_html(notes: Sequence[str]) -> str:
    """Lines below a table; `""` where there are none."""
    if not notes:
        return ""
    return tag("ul", "\n".join(tag("li", inline(note)) for note in notes), class_="notes")


def _group(rows: Sequence[ScoreRow]) -> str:
    """The rows of one task."""
    lines = []
    for place, row in enumerate(rows):
        cells = _task_cell(row, len(rows)) if place == 0 else ""
        cells += tag("td", escape(row.metric_head).replace("_", "_<wbr>"), class_="metric")
        best = _best(row)
        for label, score in row.scores.items():
            cells += _score_cell(score, label in best)
        lines.append(tag("tr", cells))
    return tag("tbody", "\n".join(lines))


def _task_cell(row: ScoreRow, height: int) -> str:
    pair = "" if row.languages in GROUPS else row.languages
    count = f"{row.n:,}{'†' if row.small else ''}"
    facts = [part for part in (pair, data_name(row.data), f"n\N{NO-BREAK SPACE}{count}") if part]
    detail = tag("small", " · ".join(map(escape, facts)), title=row.data)
    names = escape(pair_name(row.languages))
    return tag("th", f"{names} {detail}", scope="rowgroup", rowspan=height)


def _score_cell(score: Score | None, best: bool) -> str:
    value = scaled(score)
    if score is None or score.value is None:
        shown = "missing" if score is not None and score.missing else "–"
        return tag("td", shown, class_="number", title=(score and score.reason) or None)
    interval = format_interval(score)
    shown = tag("strong", value) if best else tag("span", value)
    shown += f" {tag('small', interval)}" if interval else ""
    return tag("td", shown, class_="number", data_value=repr(score.value))


def _best(row: ScoreRow) -> set[str]:
    """The best of a row; a teacher is no rival where distance to it is measured."""
    rivals = {
        label: score
        for label, score in row.scores.items()
        if not (row.task == "health" and label == TEACHER)
    }
    return best_labels(row._replace(scores=rivals))


def _framed(rows: str, *, sortable: bool = False, kind: str = "") -> str:
    """A table in a frame that scrolls sideways where the screen is narrow."""
    classes = " ".join(name for name in ("sortable" if sortable else "", kind) if name)
    table = tag("table", f"\n{rows}\n", class_=classes)
    return tag("div", table, class_="scroll", tabindex="0") + "\n"
