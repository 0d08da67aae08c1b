"""Tab-separated text, split on the tab and nothing else: a quote is a letter, a row is a line."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from isogloss.data.columns import Columns, are_names, find_columns, is_number
from isogloss.data.places import Where
from isogloss.data.readers.foreign import refuse_markup
from isogloss.data.readers.opening import decode_line, read_lines
from isogloss.data.readers.pair import RawPair, weighted
from isogloss.data.readers.records import refuse_other_languages
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import DataFormatError

logger = logging.getLogger(__name__)

_BY_NAME = "give the file itself under a name that ends in .jsonl or .tmx, or convert it"


class _Layout(NamedTuple):
    """Positions (from 0) of the columns, and whether the first row is a header."""

    source: int
    target: int
    has_header: bool
    weight: int | None = None


def read_tsv(where: Where, rejects: RejectFile) -> Iterator[RawPair]:
    """Read the first two columns, or those that a header or the user names; ignore the others.

    The first row is a header only if its cells name the columns (see `find_columns`), never by
    guessing. A header in the other order (`de TAB en` for `en-de`) turns the columns.

    Args:
        where: one file, compressed or not.
        rejects: told of lines that are not UTF-8, or lack a column or a weight.

    Yields:
        Pairs numbered by line.

    Raises:
        DataFormatError: a named column is not in the header, or twice; the file is JSON or XML, or
            cannot be unpacked.
    """
    lines = enumerate(read_lines(where.locations[0]), start=1)
    texts = ((number, decode_line(line, number, rejects)) for number, line in lines)
    return pairs_of_lines(texts, where, rejects)


def pairs_of_lines(
    lines: Iterable[tuple[int, str | None]], where: Where, rejects: RejectFile
) -> Iterator[RawPair]:
    """Take pairs out of the numbered lines of a TSV file (None: unreadable); see `read_tsv`."""
    layout: _Layout | None = None
    for number, text in lines:
        if text is None:
            continue
        cells = text.split("\t")
        if layout is None and text.strip():
            if len(cells) == 1:
                refuse_markup(text, where.locations[0], "columns with a tab between", _BY_NAME)
            layout = _layout(cells, where)
            if layout.has_header:
                logger.info("%s: line %d is a header", where.text, number)
                continue
        if layout is None or len(cells) <= max(layout.source, layout.target):
            rejects.add(number, Reason.FEW_COLUMNS, text)
        elif layout.weight is None:
            yield RawPair(number, cells[layout.source], cells[layout.target])
        else:
            weight = cells[layout.weight] if layout.weight < len(cells) else None
            pair = number, cells[layout.source], cells[layout.target]
            yield from weighted(pair, weight, rejects)


def _layout(cells: Sequence[str], where: Where) -> _Layout:
    cells = [cell.strip().strip('"') for cell in cells]
    header = find_columns(cells, where.languages) if are_names(cells) else None
    layout = _sides(cells, header, where)
    if where.weight is None:
        return layout
    if is_number(where.weight):
        return layout._replace(weight=int(where.weight) - 1)
    _check_named(cells, where.weight, where)
    return layout._replace(weight=cells.index(where.weight), has_header=True)


def _sides(cells: list[str], header: Columns | None, where: Where) -> _Layout:
    asked = where.columns
    if asked is None:
        if header is None:
            if are_names(cells):
                refuse_other_languages(cells, where)
            return _Layout(0, 1, has_header=False)
        return _named(cells, header, where)
    if asked.by_number:
        return _Layout(int(asked.source) - 1, int(asked.target) - 1, has_header=header is not None)
    return _named(cells, asked, where)


def _named(cells: Sequence[str], asked: Columns, where: Where) -> _Layout:
    for name in (asked.source, asked.target):
        _check_named(cells, name, where)
    return _Layout(cells.index(asked.source), cells.index(asked.target), has_header=True)


def _check_named(cells: Sequence[str], name: str, where: Where) -> None:
    if cells.count(name) != 1:
        found = "more than one column" if name in cells else "no column"
        raise DataFormatError(
            f"{where.text}: {found} {name!r} in the first line; it has "
            f"{', '.join(map(repr, cells[:10]))}; name columns of the header, or give them as "
            "numbers from 1"
        )
