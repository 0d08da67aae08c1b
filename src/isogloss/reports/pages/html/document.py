"""The whole document: head, title, facts, blocks, every score with its signature, origin."""

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby

from isogloss.reports.pages.html.tables import score_table_html, signatures_html, table_html
from isogloss.reports.pages.html.text import anchor, inline, tag
from isogloss.reports.pages.page import (
    Alarms,
    Block,
    Bullets,
    Heading,
    Page,
    Picture,
    Prose,
    ScoreTable,
)
from isogloss.reports.tables import Table


def html_page(page: Page) -> str:
    """A page as a document of its own.

    Args:
        page: the page; pictures that have no SVG are left out.

    Returns:
        HTML that refers to nothing outside itself.
    """
    blocks = "\n".join(_blocks(page))
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        tag("head", _head(page.title)),
        "<body>",
        tag("header", _header(page)),
        tag("main", f"\n{blocks}\n{_all_scores(page)}\n"),
        _footer(page),
        tag("script", _part("sorting.js")),
        "</body>",
        "</html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _head(title: str) -> str:
    return "\n".join(
        [
            '\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            tag("title", escape(title)),
            f"{tag('style', _part('style.css'))}\n",
        ]
    )


def _header(page: Page) -> str:
    facts = "\n".join(
        tag("div", tag("dt", escape(name)) + tag("dd", inline(value)))
        for name, value in page.facts.items()
    )
    headings = [b for b in page.blocks if isinstance(b, Heading) and b.level == 2]
    links = "\n".join(
        tag("li", tag("a", inline(heading.text), href=f"#{anchor(heading.text)}"))
        for heading in headings
    )
    parts = [tag("h1", inline(page.title))]
    parts += [tag("dl", facts, class_="facts")] if facts else []
    parts += [tag("nav", tag("ul", links), aria_label="Sections")] if len(headings) > 2 else []
    return "\n".join(parts)


def _blocks(page: Page) -> Iterator[str]:
    """The blocks in order; pictures that follow each other stand in one frame."""
    for pictures, run in groupby(page.blocks, key=lambda block: isinstance(block, Picture)):
        shown = [text for block in run if (text := _block(block))]
        yield from shown if not pictures else [tag("div", "\n".join(shown), class_="pictures")]


def _block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return tag(f"h{level}", inline(text), id=anchor(text))
        case Prose(text):
            return tag("p", inline(text)) if text else ""
        case Bullets(items, above):
            return _list(items, above)
        case Alarms(items):
            warned = _list(items, "This run raised an alarm:")
            return tag("div", warned, class_="alarm", role="note") if items else ""
        case Table():
            return table_html(block)
        case ScoreTable():
            return score_table_html(block)
        case Picture(caption=caption, svg=svg):
            said = escape(caption.replace("`", ""))
            named = svg.replace("<svg", f'<svg role="img" aria-label="{said}"', 1)
            frame = tag("div", named, class_="scroll", tabindex="0")
            return tag("figure", frame + tag("figcaption", inline(caption))) if svg else ""


def _list(items: Sequence[str], above: str = "") -> str:
    lines = "\n".join(tag("li", inline(item)) for item in items)
    intro = tag("p", inline(above)) if above and lines else ""
    return intro + tag("ul", lines) if lines else ""


def _all_scores(page: Page) -> str:
    """Everything that was measured, folded: most readers want the tables above."""
    count = sum(map(len, page.scores.values()))
    if not count:
        return ""
    summary = tag("summary", f"All {count:,} scores with their signatures")
    note = tag("p", "Equal signatures mean equal metric, data, model, and code.")
    return tag("details", f"{summary}\n{note}\n{signatures_html(page.scores)}")


def _footer(page: Page) -> str:
    return tag("footer", _list(page.origin)) if page.origin else ""


@cache
def _part(name: str) -> str:
    """A file that lies beside this one, to be written into the document."""
    text = files("isogloss.reports.pages.html").joinpath(name).read_text(encoding="utf-8")
    return f"\n{text}"
