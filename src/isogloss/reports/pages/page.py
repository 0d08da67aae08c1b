"""A page as a list of blocks, written once and shown as Markdown or as HTML.

A block knows what it holds, not how it looks. Text in blocks is plain but for code spans in
backticks; whoever renders it escapes the rest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isogloss.metrics.score import Score
from isogloss.reports.tables import Table, scores_table

_TAG = re.compile(r"<(?=[A-Za-z/!?])")


@dataclass(frozen=True)
class Heading:
    """A heading; the page's own title has level 1, its sections 2."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Prose:
    """A paragraph; an empty one is left out."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list, with a line above it that may be empty."""

    items: Sequence[str]
    above: str = ""


@dataclass(frozen=True)
class Alarms:
    """What the reader must not overlook."""

    items: Sequence[str]


@dataclass(frozen=True)
class ScoreTable:
    """Scores with models as columns.

    Args:
        scores: scores per model label, in the order of the columns.
    """

    scores: Mapping[str, Sequence[Score]]


@dataclass(frozen=True)
class Picture:
    """A picture beside the page.

    Args:
        caption: what it shows, in words that stand for it where it cannot be seen.
        path: the PNG, relative to the page.
        svg: the same picture as an `<svg>` element; `""` where there is none.
    """

    caption: str
    path: str
    svg: str = ""


Block = Heading | Prose | Bullets | Alarms | Table | ScoreTable | Picture


@dataclass(frozen=True)
class Page:
    """A page.

    Args:
        title: its title.
        blocks: its content, from top to bottom.
        facts: what a reader wants to know first, by name, such as when and with which version.
        origin: where it all comes from; one line each, at the end.
        scores: every score that the page rests on, per model label; a page that has room lists them
            with their signatures.
    """

    title: str
    blocks: Sequence[Block]
    facts: Mapping[str, str] = field(default_factory=dict)
    origin: Sequence[str] = ()
    scores: Mapping[str, Sequence[Score]] = field(default_factory=dict)

    def markdown(self) -> str:
        """The page as GitHub Markdown."""
        facts = Bullets([f"{name}: {value}" for name, value in self.facts.items()])
        origin: list[Block] = [Heading("Origin"), Bullets(self.origin)] if self.origin else []
        return markdown([Heading(self.title, 1), facts, *self.blocks, *origin]) + "\n"


def markdown(blocks: Sequence[Block]) -> str:
    """Blocks as GitHub Markdown, without a line break at the end."""
    return "\n\n".join(text for block in blocks if (text := _markdown(block)))


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_tagless(text)}"
        case Prose(text):
            return _tagless(text)
        case Bullets(items, above):
            lines = "\n".join(f"- {_tagless(item)}" for item in items)
            return f"{above}\n\n{lines}" if above and lines else lines
        case Alarms(items):
            lines = "\n".join(f"> - {_tagless(item)}" for item in items)
            return f"> [!WARNING]\n{lines}" if lines else ""
        case Table():
            return _tagless(block.markdown())
        case ScoreTable(scores):
            return _tagless(scores_table(scores, hide=("task",)).markdown())
        case Picture(caption=caption, path=path):
            return f"![{_tagless(caption)}]({path})"


def _tagless(text: str) -> str:
    """No text of a user becomes a tag."""
    return _TAG.sub(r"\\<", text)
