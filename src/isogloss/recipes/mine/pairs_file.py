"""Files of pairs: a bitext, what mining wrote, or that with a judgment behind each pair."""

from collections.abc import Iterator
from typing import NamedTuple

from isogloss.data.readers.opening import decode_line, read_lines
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import DataFormatError

_YES, _NO = ("1", "y", "yes", "true"), ("0", "n", "no", "false")


class Row(NamedTuple):
    """Two texts, and the cells behind them."""

    source: str
    target: str
    rest: tuple[str, ...] = ()


class Judged(NamedTuple):
    """Two texts, and whether they are translations."""

    source: str
    target: str
    right: bool


def read_rows(path: str, rejects: RejectFile) -> Iterator[Row]:
    """The rows that have two texts: in columns 2 and 3 where the first row begins with a score.

    The first row is the first line with a tab.

    Args:
        path: a TSV file.
        rejects: told of the others.
    """
    first = None
    for number, line in enumerate(read_lines(path), start=1):
        text = decode_line(line, number, rejects)
        if text is None:
            continue
        cells = text.split("\t")
        if first is None and len(cells) > 1:
            first = int(len(cells) > 2 and _is_number(cells[0]))
        texts = cells[first:]
        if len(texts) < 2:
            rejects.add(number, Reason.FEW_COLUMNS, text)
        elif not all(map(str.strip, texts[:2])):
            rejects.add(number, Reason.EMPTY, text)
        else:
            yield Row(texts[0], texts[1], tuple(texts[2:]))


def read_judged(path: str) -> list[Judged]:
    """Pairs with a judgment in the last column: 1, y, yes, true or 0, n, no, false.

    Raises:
        DataFormatError: a row has none, or there is no row.
    """
    found = []
    for row in read_rows(path, RejectFile()):
        word = row.rest[-1].strip().lower() if row.rest else ""
        if word not in _YES + _NO:
            raise DataFormatError(
                f"{path}: {word!r} behind {row.source[:40]!r} is no judgment; expected score, "
                "source, target, and 1 or 0 in every line: judge it, or drop the line"
            )
        found.append(Judged(row.source, row.target, word in _YES))
    if not found:
        raise DataFormatError(
            f"{path}: no row has two texts; expected score, source, target, and 1 or 0 with tabs "
            "between; check the file"
        )
    return found


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
