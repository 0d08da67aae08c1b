"""A page as a list of sections, which one template writes as Markdown and another as HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from isogloss.metrics.score import Score
from isogloss.reports.tables import Table, scores_table
from isogloss.reports.templates import render_markdown


class Picture(NamedTuple):
    """A picture beside the page.

    Args:
        caption: what it shows, in words that stand for it where it cannot be seen.
        path: the PNG, relative to the page.
        svg: the same picture as an `<svg>` element.
    """

    caption: str
    path: str
    svg: str


@dataclass(frozen=True)
class Section:
    """A part of a page; what is empty is left out.

    Text is plain but for code spans in backticks.

    Args:
        title: heading.
        level: level of the heading; the page's own title has level 1.
        text: paragraphs.
        above: line above the `items`.
        items: list.
        table: table of text.
        scores: scores per model label, shown as a table with models as columns.
        pictures: pictures.
        below: paragraph below all this.
    """

    title: str = ""
    level: int = 2
    text: Sequence[str] = ()
    above: str = ""
    items: Sequence[str] = ()
    table: Table | None = None
    scores: Mapping[str, Sequence[Score]] = field(default_factory=dict)
    pictures: Sequence[Picture] = ()
    below: str = ""

    @property
    def markdown_table(self) -> str:
        """The table, or that of the scores, as Markdown."""
        table = scores_table(self.scores, hide=("task",)) if self.scores else self.table
        return table.markdown() if table else ""


@dataclass(frozen=True)
class Page:
    """A page.

    Args:
        title: its title.
        sections: its content, from top to bottom.
        facts: what a reader wants to know first, by name, such as when and with which version.
        alarms: what the reader must not overlook; `None` where nothing was looked for.
        origin: where it all comes from; one line each, at the end.
        scores: every score that the page rests on, per model label; a page that has room lists them
            with their signatures.
    """

    title: str
    sections: Sequence[Section]
    facts: Mapping[str, str] = field(default_factory=dict)
    alarms: Sequence[str] | None = None
    origin: Sequence[str] = ()
    scores: Mapping[str, Sequence[Score]] = field(default_factory=dict)

    def markdown(self) -> str:
        """The page as GitHub Markdown."""
        return render_markdown("pages/report.md.jinja", page=self)


def table_sections(tables: Mapping[str, Table | None]) -> list[Section]:
    """A section for every table that there is, by its title."""
    return [Section(title, table=table) for title, table in tables.items() if table is not None]
